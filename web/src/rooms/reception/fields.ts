/** Forms for fast hands: Enter moves on to the next field; the last one is the button that saves. */

type Field = HTMLElement & { disabled?: boolean };

const fieldsOf = (within: ParentNode): Field[] =>
  [...within.querySelectorAll<Field>('[data-next]')].filter((field) => !field.disabled && !field.closest('[hidden], details:not([open])'));

/** For the keys of a form. A composition's Enter is the input method's own. */
export function moveOn(event: KeyboardEvent): void {
  const from = event.target as HTMLElement;
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
  if (!from.matches('[data-next]') || from instanceof HTMLButtonElement || from instanceof HTMLTextAreaElement) return;
  event.preventDefault();
  next(from, event.shiftKey ? -1 : 1);
}

/** Keys of everything inside, for `{@attach}`: in the order of the document, innermost first. */
export const keys = (heard: (event: KeyboardEvent) => void) => (within: HTMLElement) => {
  within.addEventListener('keydown', heard);
  return () => within.removeEventListener('keydown', heard);
};

/** Focuses the field after this one; of a group of radios the checked or the first. */
export function next(from: HTMLElement, step = 1): void {
  const form = from.closest('form');
  if (!form) return;
  const group = from instanceof HTMLInputElement && from.type === 'radio' ? from.name : null;
  const fields = fieldsOf(form).filter((field) => field === from || !(field instanceof HTMLInputElement && field.type === 'radio' && (field.name === group || !leads(field, form))));
  const to = fields[fields.indexOf(from) + step];
  to?.focus();
  if (to instanceof HTMLInputElement && to.type !== 'radio' && to.type !== 'checkbox') to.setSelectionRange(to.value.length, to.value.length);
}

function leads(radio: HTMLInputElement, form: HTMLFormElement): boolean {
  const all = [...form.querySelectorAll<HTMLInputElement>(`input[type=radio][name="${CSS.escape(radio.name)}"]`)];
  return (all.find(({ checked }) => checked) ?? all[0]) === radio;
}
