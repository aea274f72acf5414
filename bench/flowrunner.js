// One menu step of @floip/flow-runner: restore the context from JSON, answer, run to the next menu, write the text, save.
// Started as `node flowrunner.js FOLDER` (where npm installed the package). Line 1 of stdin is the flow as JSON:
// {"language": …, "prompt": …, "labels": […], "keys": […], "answers": […]}. Each further line is a number of steps; its
// answer is one line, {"cpu_us": …, "bytes": …, "text": …}: CPU of all of them, size of the last saved session, last text.
"use strict";
const { createRequire } = require("module");
const path = require("path");
const readline = require("readline");
const runner = createRequire(path.join(process.argv[2], "here.js"))("@floip/flow-runner");

console.info = () => {}; // it reports every waiting prompt, which a host would switch off

const uuid = (number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

function resource(number, value, language) {
  const modes = [runner.SupportedMode.SMS];
  return { uuid: uuid(number), values: [{ language_id: language, content_type: "TEXT", modes, value }] };
}

function menu(number, target, keys) {
  const choices = Object.fromEntries(keys.map((key, at) => [key, uuid(201 + at)]));
  const exits = keys.map((key) => ({
    uuid: uuid(number * 1000 + Number(key)),
    label: key,
    tag: `key_${key}`,
    test: `block.value = "${key}"`,
    destination_block: uuid(target),
    config: {},
  }));
  const type = "MobilePrimitives.SelectOneResponse";
  return { uuid: uuid(number), name: `menu_${number}`, type, config: { prompt: uuid(200), choices }, exits };
}

function flow(language, keys) {
  return {
    uuid: uuid(1),
    name: "menus",
    last_modified: "2026-01-01 00:00:00.000000",
    interaction_timeout: 3600,
    supported_modes: [runner.SupportedMode.SMS],
    languages: [{ id: language, iso_639_3: language }],
    blocks: [menu(11, 12, keys), menu(12, 11, keys)],
    first_block_id: uuid(11),
  };
}

// what belongs to the flow stays in memory; the rest is the session, which is all that is stored
function save(context) {
  const { flows, resources, ...session } = context;
  return JSON.stringify(session);
}

function written(context, prompt) {
  const resolver = new runner.ResourceResolver(context);
  const options = prompt.config.choices.map(({ key, value }) => `${key} ${resolver.resolve(value).get("TEXT")}`);
  return [resolver.resolve(prompt.config.prompt).getText(), ...options].join("\n");
}

async function step(saved, known, key) {
  const context = Object.assign(JSON.parse(saved), known);
  const engine = new runner.FlowRunner(context);
  const { prompt: asked } = engine.hydrateRichCursorFrom(context);
  const { prompt } = await asked.fulfill(key);
  const text = written(context, prompt);
  return { text, saved: save(context) };
}

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { language, prompt, labels, keys, answers } = JSON.parse((await lines.next()).value);
  const resources = [prompt, ...labels].map((value, at) => resource(200 + at, value, language));
  const known = { flows: [flow(language, keys)], resources };
  const contact = { id: "1", name: "", created_at: "2026-01-01 00:00:00.000Z", groups: [] };
  const mode = runner.SupportedMode.SMS;
  const fresh = await runner.createContextDataObjectFor(contact, [], "1", "1", known.flows, language, mode, resources);
  await new runner.FlowRunner(fresh).run();
  const waiting = save(fresh);
  for await (const line of lines) {
    let last;
    const before = process.cpuUsage();
    for (let at = 0; at < Number(line); at++) last = await step(waiting, known, answers[at % answers.length]);
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ cpu_us: user + system, bytes: Buffer.byteLength(last.saved), text: last.text }));
  }
}

main();
