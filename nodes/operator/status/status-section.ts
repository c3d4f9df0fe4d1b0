import { type Html, html } from '../../opendata/html.ts';
import type { ProblemLine, StatusReport } from './problem-lines.ts';

/** The status at the top of the operator page: one sentence, and one line for each problem with its node. */
export function statusSection({ title, status, sentence, lines }: StatusReport): Html {
  return html`<section class="state" aria-labelledby="state"><h2 id="state">${title}</h2>
<p class="sentence ${status}">${sentence}</p>${
    lines.length > 0 && html`<ul class="problems">${lines.map(lineItem)}</ul>`
  }</section>
`;
}

/** The editor shows the node that stands behind the sign in its address. */
function lineItem({ severity, label, sentence, since, node }: ProblemLine): Html {
  const link = node && html` <a href="../#node/${node.id}">${node.name}</a>`;
  return html`<li class="${severity}"><span class="mark ${severity}">${label}</span> ${sentence}${link} <span class="quiet">${since}</span></li>`;
}
