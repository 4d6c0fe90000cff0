/** Codes before the camera: by the browser where it can, else by a worker of ours that is loaded for it. */

/** Reads one picture; empty while nothing is seen. */
export interface Reader {
  read(video: HTMLVideoElement): Promise<string[]>;
  close(): void;
}

interface Native {
  new (options: { formats: string[] }): { detect(picture: ImageBitmapSource): Promise<{ rawValue: string }[]> };
  getSupportedFormats(): Promise<string[]>;
}

export async function reader(): Promise<Reader> {
  const native = (globalThis as { BarcodeDetector?: Native }).BarcodeDetector;
  if (native && (await native.getSupportedFormats().catch((): string[] => [])).includes('qr_code')) {
    const own = new native({ formats: ['qr_code'] });
    return { read: async (video) => (await own.detect(video)).map(({ rawValue }) => rawValue), close: () => undefined };
  }
  return byWorker();
}

function byWorker(): Reader {
  const worker = new Worker(new URL('./camera-worker.ts', import.meta.url), { type: 'module' });
  const canvas = document.createElement('canvas');
  const drawn = canvas.getContext('2d', { willReadFrequently: true });
  return {
    read: (video) =>
      new Promise((done, failed) => {
        if (!drawn || video.videoWidth === 0) return done([]);
        [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
        drawn.drawImage(video, 0, 0);
        const picture = drawn.getImageData(0, 0, canvas.width, canvas.height);
        worker.onmessage = ({ data }: MessageEvent<{ codes: string[]; error?: string }>) => (data.error ? failed(new Error(data.error)) : done(data.codes));
        worker.onerror = () => failed(new Error('no reader'));
        worker.postMessage(picture, [picture.data.buffer]);
      }),
    close: () => worker.terminate(),
  };
}
