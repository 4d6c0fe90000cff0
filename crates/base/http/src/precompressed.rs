//! Bytes kept ready to send (圧縮済み応答): plain, gzip and brotli, each with its headers made once.
//!
//! **Invariant:** the ETag is strong: it names the content (the stem) and the exact bytes (the suffix of the encoding and its
//! effort). A caller that holds any encoding of the same content is told 304 with the tag it holds.

use std::io::Write;

use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::body::Body;
use crate::problem::thousandths;

/// How hard to compress (圧縮の強さ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Under a millisecond for 20 kB: for documents that are new this second.
    Fast,
    /// Smallest: for what stays a while.
    Best,
}

/// One resource in all encodings (圧縮済みの資源).
#[derive(Debug)]
pub struct Precompressed {
    stem: String,
    plain: Variant,
    gzip: Option<Variant>,
    brotli: Option<Variant>,
}

#[derive(Debug)]
struct Variant {
    body: Bytes,
    ok: HeaderMap,
    same: HeaderMap,
    /// The answer with this body up to its date, as HTTP/1.1 writes it.
    head: Bytes,
}

/// An answer in the bytes of HTTP/1.1; between head and body stands the date.
#[derive(Debug)]
pub(crate) enum Ready<'a> {
    Whole(&'a Bytes, &'a Bytes),
    Made(Vec<u8>, Bytes),
}

/// A caller's copy: of any kind, or the one with this tag.
enum Held {
    Anything,
    Tagged(HeaderValue),
}

const SUFFIXES: [&str; 5] = ["", "-gz", "-gzx", "-br", "-brx"];
/// Below this many bytes compression saves nothing that a packet would notice.
const WORTH_COMPRESSING: usize = 256;

impl Precompressed {
    /// The resource without compressed forms yet. `headers` go on every answer (type, caching, …).
    pub fn plain(body: Bytes, headers: &HeaderMap) -> Self {
        let stem = stem(&body);
        let plain = Variant::new(&stem, "", None, body, headers);
        Self { stem, plain, gzip: None, brotli: None }
    }

    /// The resource with gzip and brotli forms, where they are smaller.
    pub fn new(body: Bytes, headers: &HeaderMap, effort: Effort) -> Self {
        let mut ready = Self::plain(body, headers);
        let plain = &ready.plain.body;
        if plain.len() < WORTH_COMPRESSING {
            return ready;
        }
        let (gz, br) = if effort == Effort::Fast { ("-gz", "-br") } else { ("-gzx", "-brx") };
        let keep = |packed: Option<Vec<u8>>| packed.filter(|packed| packed.len() < plain.len());
        let gzip = keep(gzip(plain, effort)).map(|b| Variant::new(&ready.stem, gz, Some("gzip"), b.into(), headers));
        let brotli = keep(brotli(plain, effort)).map(|b| Variant::new(&ready.stem, br, Some("br"), b.into(), headers));
        (ready.gzip, ready.brotli) = (gzip, brotli);
        ready
    }

    /// Names the content, whatever its encoding.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The uncompressed bytes.
    pub fn body(&self) -> &Bytes {
        &self.plain.body
    }

    /// File-name suffix and bytes of every form.
    pub fn forms(&self) -> impl Iterator<Item = (&'static str, &Bytes)> {
        let packed = [(".gz", &self.gzip), (".br", &self.brotli)];
        let packed = packed.into_iter().filter_map(|(suffix, form)| form.as_ref().map(|form| (suffix, &form.body)));
        std::iter::once(("", &self.plain.body)).chain(packed)
    }

    /// The answer to a GET or HEAD: 304 if the caller has it, else the best form the caller takes.
    pub fn respond(&self, method: &Method, asked: &HeaderMap) -> Response<Body> {
        let said = asked.get_all(header::ACCEPT_ENCODING).iter().map(|value| value.to_str().unwrap_or(""));
        let form = self.choose(Wanted::of(said));
        if let Some(held) = asked.get(header::IF_NONE_MATCH).and_then(|tags| self.held(tags)) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = form.same.clone();
            if let Held::Tagged(tag) = held {
                response.headers_mut().insert(header::ETAG, tag);
            }
            return response;
        }
        let mut response =
            Response::new(if method == Method::HEAD { Body::empty() } else { Body::from(form.body.clone()) });
        *response.headers_mut() = form.ok.clone();
        response
    }

    /// The answer to a GET as bytes; see [`Precompressed::respond`].
    pub(crate) fn ready(&self, accept_encoding: &str, if_none_match: Option<&[u8]>) -> Ready<'_> {
        let form = self.choose(Wanted::of([accept_encoding].into_iter()));
        let tags = if_none_match.and_then(|tags| HeaderValue::from_bytes(tags).ok());
        match tags.and_then(|tags| self.held(&tags)) {
            None => Ready::Whole(&form.head, &form.body),
            Some(Held::Anything) => Ready::Made(head(StatusCode::NOT_MODIFIED, &form.same), Bytes::new()),
            Some(Held::Tagged(tag)) => {
                let mut same = form.same.clone();
                same.insert(header::ETAG, tag);
                Ready::Made(head(StatusCode::NOT_MODIFIED, &same), Bytes::new())
            }
        }
    }

    fn choose(&self, wanted: Wanted) -> &Variant {
        let mut best = (&self.plain, wanted.plain);
        for (form, q) in [(&self.gzip, wanted.gzip), (&self.brotli, wanted.brotli)] {
            if let Some(form) = form
                && q > 0
                && q >= best.1
            {
                best = (form, q);
            }
        }
        best.0
    }

    /// What the caller holds of this content, if it does.
    fn held(&self, if_none_match: &HeaderValue) -> Option<Held> {
        let list = if_none_match.to_str().ok()?;
        if list.trim() == "*" {
            return Some(Held::Anything);
        }
        list.split(',').map(|tag| tag.trim().trim_start_matches("W/")).find_map(|tag| {
            let suffix = tag.strip_prefix('"')?.strip_suffix('"')?.strip_prefix(self.stem.as_str())?;
            SUFFIXES.contains(&suffix).then(|| HeaderValue::from_str(tag).map_or(Held::Anything, Held::Tagged))
        })
    }
}

impl Variant {
    fn new(stem: &str, suffix: &str, encoding: Option<&'static str>, body: Bytes, headers: &HeaderMap) -> Self {
        let mut same = headers.clone();
        same.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{stem}{suffix}\"")) {
            same.insert(header::ETAG, tag);
        }
        let mut ok = same.clone();
        same.remove(header::CONTENT_TYPE);
        ok.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        if let Some(encoding) = encoding {
            ok.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let head = head(StatusCode::OK, &ok).into();
        Self { body, ok, same, head }
    }
}

impl Ready<'_> {
    pub(crate) fn head(&self) -> &[u8] {
        match self {
            Self::Whole(head, _) => head,
            Self::Made(head, _) => head,
        }
    }

    pub(crate) fn body(&self) -> &[u8] {
        match self {
            Self::Whole(_, body) => body,
            Self::Made(_, body) => body,
        }
    }
}

/// Whether `If-None-Match` names this strong tag, quotes included.
pub fn holds(if_none_match: &HeaderValue, tag: &str) -> bool {
    let Ok(list) = if_none_match.to_str() else { return false };
    list.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*")
}

/// Whether `Accept-Encoding` prefers gzip to plain bytes.
pub fn takes_gzip<'a>(said: impl Iterator<Item = &'a str>) -> bool {
    let wanted = Wanted::of(said);
    wanted.gzip > 0 && wanted.gzip >= wanted.plain
}

/// The first line and the headers.
pub(crate) fn head(status: StatusCode, headers: &HeaderMap) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or("")).into_bytes();
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head
}

/// What `Accept-Encoding` says, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    plain: u16,
    gzip: u16,
    brotli: u16,
}

impl Wanted {
    fn of<'a>(said: impl Iterator<Item = &'a str>) -> Self {
        let (mut plain, mut gzip, mut brotli, mut any) = (None, None, None, None);
        for value in said {
            for part in value.split(',') {
                let (name, q) = part
                    .split_once(';')
                    .map_or((part, 1000), |(name, q)| (name, q.trim().strip_prefix("q=").map_or(1000, thousandths)));
                match name.trim() {
                    "br" => brotli = Some(q),
                    "gzip" | "x-gzip" => gzip = Some(q),
                    "identity" => plain = Some(q),
                    "*" => any = Some(q),
                    _ => {}
                }
            }
        }
        Self {
            // Not named: acceptable, but less than anything that is named.
            plain: plain.or(any).unwrap_or(1),
            gzip: gzip.or(any).unwrap_or(0),
            brotli: brotli.or(any).unwrap_or(0),
        }
    }
}

fn stem(body: &[u8]) -> String {
    let mut stem = digest(body);
    stem.truncate(24);
    stem
}

/// SHA-256 in hexadecimal.
pub(crate) fn digest(body: &[u8]) -> String {
    kernel::hex(&Sha256::digest(body))
}

fn gzip(body: &[u8], effort: Effort) -> Option<Vec<u8>> {
    let level = if effort == Effort::Fast { 6 } else { 9 };
    let mut out = flate2::write::GzEncoder::new(Vec::with_capacity(body.len() / 3), flate2::Compression::new(level));
    out.write_all(body).ok()?;
    out.finish().ok()
}

fn brotli(body: &[u8], effort: Effort) -> Option<Vec<u8>> {
    let quality = if effort == Effort::Fast { 5 } else { 11 };
    let params = brotli::enc::BrotliEncoderParams { quality, size_hint: body.len(), ..Default::default() };
    let mut out = Vec::with_capacity(body.len() / 3);
    brotli::BrotliCompress(&mut &body[..], &mut out, &params).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Precompressed {
        let rows: Vec<_> = (0..500).map(|n| serde_json::json!({ "code": format!("{n:05}"), "level": n % 5 })).collect();
        let body = serde_json::to_vec(&rows).unwrap();
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Precompressed::new(body.into(), &headers, Effort::Fast)
    }

    fn asking(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_encoding_follows_the_q_values() {
        let cases = [
            ("", None),
            ("gzip", Some("gzip")),
            ("gzip, deflate, br, zstd", Some("br")),
            ("br;q=0.5, gzip;q=0.8", Some("gzip")),
            ("br;q=0, gzip;q=0", None),
            ("*", Some("br")),
            ("*;q=0.1, gzip", Some("gzip")),
            ("identity, br;q=0.5", None),
            ("deflate", None),
            ("br;q=1.0", Some("br")),
            ("br;q=bad", None),
            ("identity;q=0", None),
        ];
        let doc = document();
        for (accept, expected) in cases {
            let answer = doc.respond(&Method::GET, &asking(header::ACCEPT_ENCODING, accept));
            let encoding = answer.headers().get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap());
            assert_eq!(encoding, expected, "{accept}");
        }
    }

    #[test]
    fn every_encoding_has_its_own_strong_tag_and_any_of_them_is_a_304() {
        let doc = document();
        let mut tags = Vec::new();
        for accept in ["", "gzip", "br"] {
            let answer = doc.respond(&Method::GET, &asking(header::ACCEPT_ENCODING, accept));
            let tag = answer.headers()[header::ETAG].to_str().unwrap().to_owned();
            assert!(tag.starts_with('"'), "strong: {tag}");
            tags.push(tag);
        }
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), 3);
        for tag in &tags {
            let answer = doc.respond(&Method::GET, &asking(header::IF_NONE_MATCH, &format!("\"x\", W/{tag}")));
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(answer.headers()[header::ETAG].to_str().unwrap(), tag);
        }
        for other in ["\"x\"", "", "\"", &tags[0][1..]] {
            assert_eq!(
                doc.respond(&Method::GET, &asking(header::IF_NONE_MATCH, other)).status(),
                StatusCode::OK,
                "{other}"
            );
        }
        assert_eq!(doc.respond(&Method::GET, &asking(header::IF_NONE_MATCH, "*")).status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn the_packed_forms_unpack_to_the_same_bytes() {
        use std::io::Read;
        for effort in [Effort::Fast, Effort::Best] {
            let plain = document().body().clone();
            let doc = Precompressed::new(plain.clone(), &HeaderMap::new(), effort);
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&doc.gzip.as_ref().unwrap().body[..]).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, plain);
            unpacked.clear();
            brotli::Decompressor::new(&doc.brotli.as_ref().unwrap().body[..], 4096).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, plain);
        }
    }

    #[test]
    fn head_has_the_length_but_no_body() {
        use axum::body::HttpBody;
        let doc = document();
        let answer = doc.respond(&Method::HEAD, &HeaderMap::new());
        assert_eq!(answer.headers()[header::CONTENT_LENGTH], doc.body().len().to_string().as_str());
        assert!(answer.body().is_end_stream());
    }

    #[test]
    fn gzip_is_taken_when_it_is_named() {
        for (said, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, gzip;q=0.8", true),
            ("gzip;q=0", false),
            ("*", true),
            ("*;q=0.0", false),
            ("identity", false),
            ("", false),
        ] {
            assert_eq!(takes_gzip([said].into_iter()), takes, "{said}");
        }
    }
}
