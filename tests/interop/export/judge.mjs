// Holds canonical and exported schemas, and the values that the types read, against ajv; and what a server of the Model
// Context Protocol lists and answers against that protocol's own package.

import { readFileSync } from "node:fs";

import { CallToolResultSchema, ToolSchema } from "@modelcontextprotocol/sdk/types.js";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const fixtures = JSON.parse(readFileSync(process.argv[2], "utf8"));
const failures = [];
const counts = { schemas: 0, values: 0, refusals: 0, "MCP tools and results": 0 };

function compile(schema, what) {
  // Formats that only Rust knows, such as `uint8`, are not checked.
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  addFormats(ajv);
  try {
    const validate = ajv.compile(schema);
    counts.schemas += 1;
    return validate;
  } catch (error) {
    failures.push(`${what}: ${error.message}`);
    return undefined;
  }
}

for (const [name, { schema, reads, refuses }] of Object.entries(fixtures.types)) {
  const validate = compile(schema, name);
  for (const value of reads) {
    if (validate?.(value)) counts.values += 1;
    else failures.push(`${name} reads ${JSON.stringify(value)}: ${JSON.stringify(validate?.errors)}`);
  }
  for (const value of refuses) {
    if (!validate?.(value)) counts.refusals += 1;
    else failures.push(`${name} does not read ${JSON.stringify(value)}, and its schema allows it`);
  }
}

for (const [form, { provider, tools, results }] of Object.entries(fixtures.forms)) {
  const isMcp = provider.startsWith("mcp");
  for (const [name, { tool, schema, values }] of Object.entries(tools)) {
    if (isMcp) {
      const read = ToolSchema.safeParse(tool);
      if (read.success) counts["MCP tools and results"] += 1;
      else failures.push(`${form} ${name}: ${read.error.message}`);
    }
    // The older form of Gemini writes types in capitals, and is no JSON Schema.
    if (provider === "gemini-openapi") continue;
    const validate = compile(schema, `${form} ${name}`);
    for (const value of values) {
      if (validate?.(value)) counts.values += 1;
      else failures.push(`${form} ${name}: ${JSON.stringify(value)}: ${JSON.stringify(validate?.errors)}`);
    }
  }
  for (const result of isMcp ? results : []) {
    const read = CallToolResultSchema.safeParse(result);
    if (read.success) counts["MCP tools and results"] += 1;
    else failures.push(`${form} result: ${read.error.message}`);
  }
}

failures.forEach((failure) => console.error(failure.slice(0, 800)));
const said = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
console.log(`${said.join(", ")} accepted, ${failures.length} failures`);
process.exit(failures.length === 0 && Object.values(counts).every((count) => count > 0) ? 0 : 1);
