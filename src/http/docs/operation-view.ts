import type {
  Content,
  Document,
  Header,
  MediaType,
  Operation,
  Parameter,
  Reference,
  Response,
} from '../openapi/document-types.ts';
import { type Html, html, inline, paragraphs } from './html.ts';
import { schemaView } from './schema-view.ts';

/** An operation, collapsed. */
export function operationView(document: Document, method: string, path: string, operation: Operation): Html {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const answers = Object.entries(responses).map(([status, answer]) => answerView(document, status, answer));
  return html`<details class="operation" id="${operationId}">
<summary><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code> <span>${summary}</span></summary>
${paragraphs(description)}
${parameters.length > 0 ? html`<h4>Parameters</h4><ul>${parameters.map(parameterView)}</ul>` : ''}
${requestBody === undefined ? '' : html`<h4>Body</h4>${contentView(requestBody.content)}`}
<h4>Responses</h4>
${answers}
</details>
`;
}

function parameterView({ name, in: place, required, description, schema }: Parameter): Html {
  const mark = required ? html` <span class="required">required</span>` : '';
  const note = description === undefined ? '' : html` <span class="note">${inline(description)}</span>`;
  return html`<li><code>${name}</code> <span class="place">${place}</span>${mark}${note} ${schemaView(schema)}</li>`;
}

function answerView(document: Document, status: string, answer: Response | Reference): Html {
  if (!('$ref' in answer)) return responseView(document, status, answer);
  const name = nameIn(answer.$ref);
  const description = document.components.responses[name]?.description ?? '';
  return html`<p class="answer"><a href="#answer-${name}">${statusView(status)}</a> ${inline(description)}</p>
`;
}

function responseView(document: Document, status: string, response: Response): Html {
  return html`<details class="answer">
<summary>${statusView(status)} ${inline(response.description)}</summary>
${insideOf(document, response)}
</details>
`;
}

/** A response that operations refer to. */
export function sharedResponseView(document: Document, name: string, response: Response): Html {
  return html`<article id="answer-${name}"><h3>${name.replaceAll('.', ', ')}</h3>
${paragraphs(response.description)}
${insideOf(document, response)}
</article>
`;
}

function insideOf(document: Document, { headers, content = {} }: Response): Html[] {
  const names = Object.entries(headers).map(([name, header]) => headerView(document, name, header));
  return [...contentView(content), html`<h5>Headers</h5><ul>${names}</ul>`];
}

function statusView(status: string): Html {
  return html`<span class="status s${status.slice(0, 1)}">${status}</span>`;
}

function headerView({ components }: Document, name: string, header: Header | Reference): Html {
  const resolved = '$ref' in header ? components.headers[nameIn(header.$ref)] : header;
  return html`<li><code>${name}</code> <span class="note">${inline(resolved?.description ?? '')}</span></li>`;
}

function contentView(content: Content): Html[] {
  return Object.entries(content).map(
    ([mediaType, media]) => html`<h5>${mediaType}</h5>${schemasOf(media)}${examplesOf(media)}`,
  );
}

function schemasOf({ schema, 'x-event': event }: MediaType): Html[] {
  const shown = event ?? schema;
  return shown === undefined ? [] : [schemaView(shown)];
}

function examplesOf({ examples = {} }: MediaType): Html[] {
  return Object.entries(examples).map(([name, { value }]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    return html`<figure><figcaption>Example: ${name}</figcaption><pre>${text}</pre></figure>`;
  });
}

function nameIn($ref: string): string {
  return $ref.slice($ref.lastIndexOf('/') + 1);
}
