import type { JsonSchema } from '@valibot/to-json-schema';

export type { JsonSchema };

/** The parts of an OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.1) that ours uses. */
export interface Document {
  openapi: '3.1.1';
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: readonly { url: string; description: string }[];
  tags: readonly { name: string; description: string }[];
  /** By path, then by method in lower case. */
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses: Record<string, Response>;
    headers: Record<string, Header>;
    securitySchemes: Record<string, SecurityScheme>;
  };
}

export interface Operation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description: string;
  /** Any one of them is enough; empty when no credential is required. */
  security: readonly Record<string, readonly string[]>[];
  parameters: readonly Parameter[];
  requestBody?: { required: boolean; content: Content };
  /** By status. */
  responses: Record<string, Response | Reference>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface Response {
  description: string;
  headers: Record<string, Header | Reference>;
  /** By media type; absent for a response without a body. */
  content?: Content;
}

export type Content = Record<string, MediaType>;

export interface MediaType {
  schema?: JsonSchema;
  examples?: Record<string, { value: unknown }>;
  /** The schema of each event of a stream. */
  'x-event'?: JsonSchema;
}

export interface Header {
  description: string;
  schema: JsonSchema;
}

export interface Reference {
  $ref: string;
}

export interface SecurityScheme {
  type: 'http' | 'apiKey';
  description: string;
  scheme?: string;
  bearerFormat?: string;
  in?: 'header' | 'query';
  name?: string;
}
