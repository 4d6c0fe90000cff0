/** Codes in pictures: by the browser where it can, else by a reader that comes from our own server. */
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';

type Read = (picture: HTMLVideoElement | ImageBitmap | Blob) => Promise<string[]>;
let made: Promise<Read> | undefined;

export function detector(): Promise<Read> {
  made ??= make().catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
}

interface Native {
  new (options: { formats: string[] }): { detect(picture: ImageBitmapSource): Promise<{ rawValue: string }[]> };
  getSupportedFormats(): Promise<string[]>;
}

async function make(): Promise<Read> {
  const native = (globalThis as { BarcodeDetector?: Native }).BarcodeDetector;
  if (native && (await native.getSupportedFormats()).includes('qr_code')) {
    const own = new native({ formats: ['qr_code'] });
    return async (picture) => (await own.detect(picture)).map(({ rawValue }) => rawValue);
  }
  const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill');
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  const reader = new BarcodeDetector({ formats: ['qr_code'] });
  return async (picture) => (await reader.detect(picture)).map(({ rawValue }) => rawValue);
}
