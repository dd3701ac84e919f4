const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text for an XML element. Characters that XML 1.0 cannot hold become U+FFFD; clients that may meet them ask for URL encoding. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n\r\u007f-\u009f]|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** One element with text, or with elements that are rendered already. */
export function element(name: string, content: string | number | boolean, raw = false): string {
  return `<${name}>${raw ? String(content) : escapeXml(String(content))}</${name}>`;
}

/** A document of S3. */
export function xmlDocument(root: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
}
