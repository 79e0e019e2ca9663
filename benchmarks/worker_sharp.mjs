// sharp as a contestant; see README.md for the protocol.
import { createInterface } from 'node:readline';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.env.SHARP_HOME + '/');
const sharp = require('sharp');
sharp.cache(false);

const JPEG = { quality: 85, progressive: true, optimiseCoding: true };
const WEBP = { quality: 80, effort: 4 };
const INSIDE = { fit: 'inside', withoutEnlargement: true };
const SIZES = [[150, 150], [300, 300], [800, 600]];

async function pipelines(source, folder) {
  const names = SIZES.map(([width]) => `${folder}/${width}.jpg`);
  const jobs = SIZES.map(([width, height], i) =>
    sharp(source).resize(width, height, INSIDE).jpeg(JPEG).toFile(names[i]));
  names.push(`${folder}/300.webp`);
  jobs.push(sharp(source).resize(300, 300, INSIDE).webp(WEBP).toFile(names[3]));
  await Promise.all(jobs);
  return names;
}

async function oneDecode(source, folder) {
  const { data, info } = await sharp(source).resize(800, 600, INSIDE).raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { raw: { width: info.width, height: info.height, channels: info.channels } };
  const names = ['150.jpg', '300.jpg', '800.jpg', '300.webp'].map((name) => `${folder}/${name}`);
  await Promise.all([
    sharp(data, raw).resize(150, 150, INSIDE).jpeg(JPEG).toFile(names[0]),
    sharp(data, raw).resize(300, 300, INSIDE).jpeg(JPEG).toFile(names[1]),
    sharp(data, raw).jpeg(JPEG).toFile(names[2]),
    sharp(data, raw).resize(300, 300, INSIDE).webp(WEBP).toFile(names[3]),
  ]);
  return names;
}

const WAYS = { 'one decode': oneDecode, 'a pipeline each': pipelines };

async function timed(work, count) {
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const started = process.hrtime.bigint();
    await work();
    times.push(Number(process.hrtime.bigint() - started) / 1e6);
  }
  return times;
}

const tasks = {
  async thumbnails({ way, source, folder, count }) {
    const ms = await timed(() => WAYS[way](source, folder), count);
    return { ms, files: await WAYS[way](source, folder) };
  },
  async resize({ source, folder, count }) {
    const data = readFileSync(source);
    const work = () => sharp(data).resize(720, 588, { fit: 'fill' })
      .jpeg({ quality: 80, optimiseCoding: true }).toBuffer();
    const ms = await timed(work, count);
    writeFileSync(`${folder}/resize.jpg`, await work());
    return { ms, files: [`${folder}/resize.jpg`] };
  },
  async exact({ source, folder, sizes }) {
    const files = [];
    for (const [width, height] of sizes) {
      files.push(`${folder}/${width}.png`);
      await sharp(source).resize(width, height, { fit: 'fill' }).png().toFile(files.at(-1));
    }
    return { files };
  },
  async batch({ way, sources, folder }) {
    const [style, workers, concurrency] = way.split(', ');
    sharp.concurrency(Number(concurrency));
    sources.forEach((_, index) => mkdirSync(`${folder}/${index}`, { recursive: true }));
    const started = process.hrtime.bigint();
    let next = 0;
    const worker = async () => {
      while (next < sources.length) {
        const index = next;
        next += 1;
        await WAYS[style](sources[index], `${folder}/${index}`);
      }
    };
    await Promise.all(Array.from({ length: Number(workers) }, worker));
    sharp.concurrency(0);
    return { seconds: Number(process.hrtime.bigint() - started) / 1e9 };
  },
  async versions() {
    return { sharp: sharp.versions.sharp, vips: sharp.versions.vips };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { task, arguments: values } = JSON.parse(line);
  console.log(JSON.stringify(await tasks[task](values)));
}
