//! XML of strangers: parsed within limits, found by name and namespace.
//!
//! Belongs here: what a document may cost, and looking into it. Not here: what it means.
//! Invariant: a document is refused before anything is spent on it that grows faster than its
//! length: no DTD (so no entity grows), and few attributes and namespaces, because checking them
//! for doubles takes the square and the cube of their number.

use roxmltree::{Document, Node, ParsingOptions};

/// What a document may have.
pub(crate) struct Limits {
    pub bytes: usize,
    pub nodes: u32,
    pub attributes: usize,
    pub namespaces: usize,
}

/// One answer to a probe. The longest that UDP can carry is shorter.
pub(crate) const DATAGRAM: Limits =
    Limits { bytes: 64 * 1024, nodes: 4_000, attributes: 1_024, namespaces: 128 };

/// One answer of a service.
pub(crate) const ANSWER: Limits =
    Limits { bytes: 1024 * 1024, nodes: 50_000, attributes: 4_096, namespaces: 512 };

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("it is longer or more intricate than a camera's answer can be")]
    Excessive,
    #[error("it is no XML: {0}")]
    Malformed(String),
}

/// Parses a document.
pub(crate) fn parse<'text>(text: &'text str, limits: &Limits) -> Result<Document<'text>, XmlError> {
    // Each attribute has an equals sign, each namespace its word.
    let is_excessive = text.len() > limits.bytes
        || text.bytes().filter(|byte| *byte == b'=').count() > limits.attributes
        || text.matches("xmlns").count() > limits.namespaces;
    if is_excessive {
        return Err(XmlError::Excessive);
    }
    let options = ParsingOptions { nodes_limit: limits.nodes, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => XmlError::Excessive,
        error => XmlError::Malformed(error.to_string()),
    })
}

/// Bytes as they came: some cameras end a text with zeros, some names are not UTF-8.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned()
}

/// Namespaces that stand for one thing. Vendors choose prefixes freely, and old ones versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Soap,
    Addressing,
    Discovery,
    Onvif,
}

impl Space {
    fn holds(self, namespace: &str) -> bool {
        match self {
            Self::Soap => [
                "http://www.w3.org/2003/05/soap-envelope",
                "http://schemas.xmlsoap.org/soap/envelope/",
            ]
            .contains(&namespace),
            Self::Addressing => [
                "http://schemas.xmlsoap.org/ws/2004/08/addressing",
                "http://www.w3.org/2005/08/addressing",
            ]
            .contains(&namespace),
            Self::Discovery => [
                "http://schemas.xmlsoap.org/ws/2005/04/discovery",
                "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01",
            ]
            .contains(&namespace),
            Self::Onvif => namespace.starts_with("http://www.onvif.org/ver"),
        }
    }
}

pub(crate) fn is(node: Node<'_, '_>, space: Space, name: &str) -> bool {
    let tag = node.tag_name();
    node.is_element() && tag.name() == name && tag.namespace().is_some_and(|ns| space.holds(ns))
}

pub(crate) fn children<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    space: Space,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| is(*child, space, name))
}

pub(crate) fn child<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    space: Space,
    name: &'a str,
) -> Option<Node<'a, 'input>> {
    children(node, space, name).next()
}

/// Follows names of one space downwards.
pub(crate) fn descend<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    space: Space,
    path: &[&'a str],
) -> Option<Node<'a, 'input>> {
    path.iter().try_fold(node, |node, name| child(node, space, name))
}

/// The text inside, without space around it; nothing where there is none.
pub(crate) fn text<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.text().map(str::trim).filter(|text| !text.is_empty())
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// What a stranger calls itself, fit to be shown: no control characters, and short.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 128;
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(MOST).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_is_refused_before_it_is_parsed() {
        let laughs = r#"<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>"#;
        assert!(
            matches!(parse(laughs, &ANSWER), Err(XmlError::Malformed(_))),
            "without a DTD no entity grows, and no file of ours is named"
        );
        let long = format!("<a>{}</a>", "x".repeat(DATAGRAM.bytes));
        assert_eq!(parse(&long, &DATAGRAM).err(), Some(XmlError::Excessive), "by its length");
        let many: String = (0..2_000).map(|index| format!(" a{index}=\"\"")).collect();
        let many = format!("<a{many}/>");
        assert_eq!(parse(&many, &DATAGRAM).err(), Some(XmlError::Excessive), "by attributes");
        let nested: String = (0..600).map(|index| format!("<a xmlns:n{index}=\"u\">")).collect();
        assert_eq!(parse(&nested, &ANSWER).err(), Some(XmlError::Excessive), "by namespaces");
        let wide = format!("<a>{}</a>", "<b/>".repeat(5_000));
        assert_eq!(parse(&wide, &DATAGRAM).err(), Some(XmlError::Excessive), "by elements");
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "<a>".repeat(40_000), "</a>".repeat(40_000));
        let document = parse(&deep, &ANSWER).expect("deep, and no more than that");
        assert_eq!(document.descendants().count(), 40_001, "read to its ground");
    }

    #[test]
    fn what_is_shown_breaks_no_terminal() {
        assert_eq!(
            shown("Front\u{1b}[31m door\n"),
            "Front [31m door",
            "no escape sequence is left"
        );
        assert_eq!(shown(&"ä".repeat(500)).chars().count(), 128, "and it ends");
    }
}
