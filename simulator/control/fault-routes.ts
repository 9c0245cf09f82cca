import Router from '@koa/router';
import type { Commands } from '../api/commands.ts';
import { SimulatorError } from '../errors.ts';
import type { Fault } from '../faults/faults.ts';
import { faultRule } from '../faults/rule.ts';
import { readBody } from './read.ts';

export function faultRoutes({ faults }: Commands): Router {
  const router = new Router({ prefix: '/control/faults' });
  router.get('/', (context) => {
    context.body = { data: faults.list().map(view) };
  });
  router.post('/', (context) => {
    context.body = view(faults.add(readBody(context, faultRule)));
    context.status = 201;
  });
  router.delete('/', (context) => {
    faults.clear();
    context.status = 204;
  });
  router.delete('/:id', (context) => {
    const id = context.params['id'] ?? '';
    const fault = faults.get(Number(id));
    if (fault === undefined) throw new SimulatorError('not_found', `there is no fault rule ${id}`);
    fault.remove();
    context.status = 204;
  });
  return router;
}

function view({ id, rule, hits }: Fault): Omit<Fault, 'remove'> {
  return { id, rule, hits };
}
