import type { Simulator } from '../../../simulator/simulator.ts';

interface ResponseBody extends Record<string, unknown> {
  data: Record<string, unknown>[];
  id?: string;
  error?: { code: string; message: string; details: Record<string, unknown> };
}

/** Calls the control API of a simulator. */
export async function request(
  simulator: Simulator,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: ResponseBody }> {
  const response = await fetch(`${simulator.controlUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text === '' ? '{}' : text) };
}
