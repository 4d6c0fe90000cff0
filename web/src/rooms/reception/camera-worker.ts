/// <reference lib="webworker" />
/** Reads codes in pictures, beside the page: only this worker may run WebAssembly, and it comes from our own server. */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';

const worker = globalThis as unknown as DedicatedWorkerGlobalScope;
const ready = prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });

worker.addEventListener('message', (event: MessageEvent<ImageData>) => void read(event.data));

async function read(picture: ImageData): Promise<void> {
  try {
    await ready;
    const found = await readBarcodes(picture, { formats: ['QRCode'], tryHarder: true, maxNumberOfSymbols: 1 });
    worker.postMessage({ codes: found.map(({ text }) => text).filter((text) => text !== '') });
  } catch (error) {
    worker.postMessage({ codes: [], error: String(error) });
  }
}
