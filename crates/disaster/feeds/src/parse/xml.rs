//! From text to a tree, within the limits: no DTD, no entities, bounded depth and number of elements.
//!
//! Written for telegrams: one pass, borrowed text, elements in document order. It accepts the XML 1.0 that JMA
//! writes and refuses what it need not understand; the tests hold it against `roxmltree` on every real telegram.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};

use super::decode::{position, truncated};
use super::limits;
use super::refusal::{Refusal, RefusalCode};

/// All elements in document order.
pub(crate) struct Tree<'a> {
    pub(crate) elements: Vec<Element<'a>>,
    pub(crate) attributes: Vec<Attribute<'a>>,
}

pub(crate) struct Element<'a> {
    /// Local name.
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) text: Cow<'a, str>,
    /// Index after the last descendant.
    pub(crate) end: u32,
    pub(crate) attributes: (u32, u32),
}

pub(crate) struct Attribute<'a> {
    /// Local name.
    pub(crate) name: &'a str,
    pub(crate) value: Cow<'a, str>,
}

/// Text to a tree.
pub(crate) fn tree(source: &str) -> Result<Tree<'_>, Refusal> {
    let mut reader = Reader {
        source,
        at: 0,
        plain: memchr(b'\r', source.as_bytes()).is_none(),
        tree: Tree { elements: Vec::with_capacity(source.len() / 48), attributes: Vec::new() },
        open: Vec::with_capacity(16),
        scope: Vec::with_capacity(8),
    };
    reader.run()?;
    Ok(reader.tree)
}

/// An element whose end tag is still to come.
struct Open<'a> {
    index: u32,
    /// Name as written, with its prefix.
    written: &'a str,
    /// How many namespace bindings were there before it.
    scope: usize,
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    /// No carriage return anywhere, so text can be borrowed as it stands.
    plain: bool,
    tree: Tree<'a>,
    open: Vec<Open<'a>>,
    /// Namespace bindings in force: prefix, URI.
    scope: Vec<(&'a str, &'a str)>,
}

impl<'a> Reader<'a> {
    fn run(&mut self) -> Result<(), Refusal> {
        if let Some(bad) = self.source.bytes().position(|byte| byte < 0x20 && !byte.is_ascii_whitespace()) {
            return Err(self.malformed_at(bad, "a control character"));
        }
        loop {
            let rest = self.rest();
            let Some(length) = memchr(b'<', rest.as_bytes()) else {
                return self.finish(rest);
            };
            self.text(self.at, self.at + length)?;
            self.at += length;
            match self.source.as_bytes().get(self.at + 1) {
                Some(b'/') => self.end_tag()?,
                Some(b'!') => self.declaration()?,
                Some(b'?') => {
                    self.skip_past("?>")?;
                }
                Some(_) => self.start_tag()?,
                None => return Err(self.truncated()),
            }
        }
    }

    fn finish(&self, rest: &str) -> Result<(), Refusal> {
        if !self.open.is_empty() || self.tree.elements.is_empty() {
            let begun = self.source.trim_ascii_start().starts_with('<');
            return Err(if begun { self.truncated() } else { self.malformed("no element") });
        }
        if rest.trim_ascii().is_empty() { Ok(()) } else { Err(self.malformed("text after the end")) }
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or("")
    }

    /// Skips to after `mark`; gives what stood before it.
    fn skip_past(&mut self, mark: &str) -> Result<&'a str, Refusal> {
        let rest = self.rest();
        let length = memmem::find(rest.as_bytes(), mark.as_bytes()).ok_or_else(|| self.truncated())?;
        self.at += length + mark.len();
        Ok(rest.get(..length).unwrap_or(""))
    }

    fn text(&mut self, from: usize, to: usize) -> Result<(), Refusal> {
        let text = self.source.get(from..to).unwrap_or("");
        if text.bytes().all(|byte| byte.is_ascii_whitespace()) && !self.in_text() {
            return Ok(());
        }
        if memmem::find(text.as_bytes(), b"]]>").is_some() {
            return Err(self.malformed_at(from, "]]> in text"));
        }
        let text = self.resolve(text, from)?;
        self.append(text, from)
    }

    /// Whether the open element has text already, so that blanks may stand between two parts of it.
    fn in_text(&self) -> bool {
        let element = self.open.last().and_then(|open| self.tree.elements.get(open.index as usize));
        element.is_some_and(|element| !element.text.is_empty())
    }

    fn append(&mut self, text: Cow<'a, str>, from: usize) -> Result<(), Refusal> {
        let Some(element) = self.open.last().and_then(|open| self.tree.elements.get_mut(open.index as usize)) else {
            return Err(self.malformed_at(from, "text outside the root element"));
        };
        if element.text.is_empty() {
            element.text = text;
        } else {
            element.text.to_mut().push_str(&text);
        }
        Ok(())
    }

    /// Replaces the five predefined entities, character references and carriage returns.
    fn resolve(&self, text: &'a str, from: usize) -> Result<Cow<'a, str>, Refusal> {
        let special = memchr2(b'&', b'\r', text.as_bytes());
        if special.is_none() || (self.plain && memchr(b'&', text.as_bytes()).is_none()) {
            return Ok(Cow::Borrowed(text));
        }
        let text =
            if self.plain { Cow::Borrowed(text) } else { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) };
        let mut out = String::with_capacity(text.len());
        let mut pieces = text.split('&');
        out.push_str(pieces.next().unwrap_or(""));
        for piece in pieces {
            let Some((name, after)) = piece.split_once(';') else {
                return Err(self.malformed_at(from, "a bare &"));
            };
            out.push(reference(name).ok_or_else(|| self.entity(name, from))?);
            out.push_str(after);
        }
        Ok(Cow::Owned(out))
    }

    fn entity(&self, name: &str, from: usize) -> Refusal {
        let name: String = name.chars().take(40).collect();
        Refusal::new(
            RefusalCode::Entities,
            format!("実体参照「&{name};」は受け付けません。"),
            format!("The entity &{name}; is not accepted."),
        )
        .at(position(self.source, from))
    }

    fn declaration(&mut self) -> Result<(), Refusal> {
        let rest = self.rest();
        let from = self.at;
        if rest.starts_with("<!--") {
            self.at += 4;
            self.skip_past("-->")?;
            return Ok(());
        }
        if rest.starts_with("<![CDATA[") {
            self.at += 9;
            let text = self.skip_past("]]>")?;
            return if text.is_empty() { Ok(()) } else { self.append(Cow::Borrowed(text), from) };
        }
        if rest.starts_with("<!DOCTYPE") || rest.starts_with("<!ENTITY") {
            return Err(Refusal::new(
                RefusalCode::Entities,
                "DTD（文書型宣言）のある電文は受け付けません。",
                "A telegram with a document type declaration is not accepted.",
            )
            .at(position(self.source, from)));
        }
        if ["<!--", "<![CDATA[", "<!DOCTYPE"].iter().any(|start| start.starts_with(rest)) {
            return Err(self.truncated());
        }
        Err(self.malformed("an unknown declaration"))
    }

    fn end_tag(&mut self) -> Result<(), Refusal> {
        let from = self.at;
        self.at += 2;
        let length = memchr(b'>', self.rest().as_bytes()).ok_or_else(|| self.truncated())?;
        let name = self.rest().get(..length).unwrap_or("").trim_ascii_end();
        match self.open.pop() {
            Some(open) if open.written == name => {
                let end = self.count();
                if let Some(element) = self.tree.elements.get_mut(open.index as usize) {
                    element.end = end;
                }
                self.scope.truncate(open.scope);
                self.at += length + 1;
                Ok(())
            }
            _ => Err(self.malformed_at(from, "an end tag that closes nothing")),
        }
    }

    fn count(&self) -> u32 {
        u32::try_from(self.tree.elements.len()).unwrap_or(u32::MAX)
    }

    fn start_tag(&mut self) -> Result<(), Refusal> {
        let from = self.at;
        if self.open.is_empty() && !self.tree.elements.is_empty() {
            return Err(self.malformed("a second root element"));
        }
        if self.open.len() >= limits::DEPTH {
            return Err(self.too(RefusalCode::TooDeep, "入れ子が深すぎます", "Elements are nested too deeply"));
        }
        if self.tree.elements.len() >= limits::ELEMENTS {
            return Err(self.too(RefusalCode::TooMany, "要素が多すぎます", "There are too many elements"));
        }
        self.at += 1;
        let written = self.name()?;
        let scope = self.scope.len();
        let first = self.tree.attributes.len();
        let closed = self.attributes(first)?;
        let (prefix, name) = written.split_once(':').unwrap_or(("", written));
        let namespace = self.scope.iter().rev().find(|binding| binding.0 == prefix).map(|binding| binding.1);
        let namespace = match namespace {
            Some(uri) => uri,
            None if prefix.is_empty() => "",
            None => return Err(self.malformed_at(from, "a prefix without namespace")),
        };
        let index = self.count();
        let last = self.tree.attributes.len();
        self.tree.elements.push(Element {
            name,
            namespace,
            text: Cow::Borrowed(""),
            end: index + 1,
            attributes: (u32::try_from(first).unwrap_or(0), u32::try_from(last).unwrap_or(0)),
        });
        if closed {
            self.scope.truncate(scope);
        } else {
            self.open.push(Open { index, written, scope });
        }
        Ok(())
    }

    /// A name, up to white space, `=`, `/` or `>`.
    fn name(&mut self) -> Result<&'a str, Refusal> {
        let rest = self.rest();
        let length = rest
            .bytes()
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'/' | b'>'))
            .ok_or_else(|| self.truncated())?;
        let name = rest.get(..length).unwrap_or("");
        let good = name.bytes().enumerate().all(|(index, byte)| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => true,
            b'0'..=b'9' | b'-' | b'.' | b':' => index > 0,
            _ => false,
        });
        if !good || name.is_empty() {
            return Err(self.malformed("a name that is none"));
        }
        self.at += length;
        Ok(name)
    }

    fn skip_space(&mut self) -> usize {
        let space = self.rest().bytes().take_while(u8::is_ascii_whitespace).count();
        self.at += space;
        space
    }

    /// Attributes up to the end of the tag; says whether the element is closed with it.
    fn attributes(&mut self, first: usize) -> Result<bool, Refusal> {
        loop {
            let space = self.skip_space();
            match self.source.as_bytes().get(self.at..) {
                None | Some([] | [b'/']) => return Err(self.truncated()),
                Some([b'>', ..]) => {
                    self.at += 1;
                    return Ok(false);
                }
                Some([b'/', b'>', ..]) => {
                    self.at += 2;
                    return Ok(true);
                }
                Some(_) if space == 0 => return Err(self.malformed("an attribute without space before it")),
                Some(_) => self.attribute(first)?,
            }
        }
    }

    fn attribute(&mut self, first: usize) -> Result<(), Refusal> {
        let from = self.at;
        let written = self.name()?;
        self.skip_space();
        match self.source.as_bytes().get(self.at) {
            Some(b'=') => self.at += 1,
            Some(_) => return Err(self.malformed("an attribute without value")),
            None => return Err(self.truncated()),
        }
        self.skip_space();
        let quote = match self.source.as_bytes().get(self.at) {
            Some(quote @ (b'"' | b'\'')) => *quote,
            Some(_) => return Err(self.malformed("an attribute value without quotes")),
            None => return Err(self.truncated()),
        };
        self.at += 1;
        let length = memchr(quote, self.rest().as_bytes()).ok_or_else(|| self.truncated())?;
        let raw = self.rest().get(..length).unwrap_or("");
        if memchr(b'<', raw.as_bytes()).is_some() {
            return Err(self.malformed_at(from, "< in an attribute value"));
        }
        self.at += length + 1;
        if let Some(prefix) = written.strip_prefix("xmlns") {
            let prefix = prefix.strip_prefix(':').unwrap_or(prefix);
            self.scope.push((prefix, raw));
            if self.scope.len() > limits::ATTRIBUTES {
                return Err(self.too(
                    RefusalCode::TooMany,
                    "名前空間宣言が多すぎます",
                    "There are too many namespaces",
                ));
            }
            return Ok(());
        }
        let name = written.rsplit_once(':').map_or(written, |(_, local)| local);
        let seen = self.tree.attributes.get(first..).unwrap_or_default();
        if seen.iter().any(|other| other.name == name) {
            return Err(self.malformed_at(from, "an attribute twice"));
        }
        if seen.len() >= limits::ATTRIBUTES {
            return Err(self.too(RefusalCode::TooMany, "属性が多すぎます", "There are too many attributes"));
        }
        let value = self.resolve(raw, from)?;
        self.tree.attributes.push(Attribute { name, value });
        Ok(())
    }

    fn truncated(&self) -> Refusal {
        truncated().at(position(self.source, self.source.len()))
    }

    fn malformed(&self, what: &str) -> Refusal {
        self.malformed_at(self.at, what)
    }

    fn malformed_at(&self, at: usize, what: &str) -> Refusal {
        Refusal::new(RefusalCode::Malformed, "XMLとして正しくありません。", format!("Not well-formed XML: {what}."))
            .at(position(self.source, at))
    }

    fn too(&self, code: RefusalCode, ja: &str, en: &str) -> Refusal {
        Refusal::new(code, format!("{ja}。"), format!("{en}.")).at(position(self.source, self.at))
    }
}

/// A predefined entity or character reference.
fn reference(name: &str) -> Option<char> {
    let number = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "apos" => return Some('\''),
        "quot" => return Some('"'),
        _ => name.strip_prefix('#')?,
    };
    let number = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(number).filter(|sign| !sign.is_control() || matches!(sign, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;

    /// Both trees, element by element: names, namespaces, attributes and text.
    fn same(source: &str, name: &str) {
        let ours = tree(source).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let theirs = Document::parse(source).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut elements = ours.elements.iter();
        for node in theirs.root().descendants().filter(roxmltree::Node::is_element) {
            let element = elements.next().unwrap_or_else(|| panic!("{name}: an element is missing"));
            assert_eq!(element.name, node.tag_name().name(), "{name}");
            assert_eq!(element.namespace, node.tag_name().namespace().unwrap_or(""), "{name}");
            let text: String =
                node.children().filter(roxmltree::Node::is_text).filter_map(|text| text.text()).collect();
            assert_eq!(element.text.trim_ascii(), text.trim_ascii(), "{name}");
            let (first, last) = element.attributes;
            let attributes = &ours.attributes[first as usize..last as usize];
            assert_eq!(attributes.len(), node.attributes().len(), "{name}");
            for (ours, theirs) in attributes.iter().zip(node.attributes()) {
                assert_eq!((ours.name, &*ours.value), (theirs.name(), theirs.value()), "{name}");
            }
        }
        assert!(elements.next().is_none(), "{name}: an element too many");
    }

    #[test]
    fn another_reader_sees_the_same_tree() {
        for source in [
            "<a/>",
            "<?xml version='1.0'?><!-- c --><a b='1' c=\"&lt;2\"><d/>x<!-- - -->y<![CDATA[<z>]]>\r\nq</a><!-- e -->\n",
            "<p:a xmlns:p='u' xmlns='v'><b xmlns=''><c/></b><p:d p:e='f'/></p:a>",
            "<a>x<!-- --> <![CDATA[y]]>\n<![CDATA[z]]></a>",
            "<a> x<b/> \n<c/>y </a>",
            "<a>&#x5927;&#38;&quot;\u{3000}</a >",
        ] {
            same(source, source);
        }
    }

    #[test]
    fn another_reader_sees_the_same_tree_of_real_telegrams() {
        let Some(folder) = testkit::data_dir().map(|data| data.join("jma/official-samples")).filter(|jma| jma.is_dir())
        else {
            testkit::skip("no data");
            return;
        };
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy();
            if name.ends_with(".xml") {
                same(&std::fs::read_to_string(&path).unwrap(), &name);
            }
        }
    }
}
