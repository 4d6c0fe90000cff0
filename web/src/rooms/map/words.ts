/** What MapLibre's own buttons are called. */
import { t } from '$lib/i18n/index.svelte.ts';

export const mapWords = (): Record<string, string> => ({ 'NavigationControl.ZoomIn': t('map.nearer'), 'NavigationControl.ZoomOut': t('map.farther'), 'Map.Title': t('map.title') });
