//! Pipelines as plain data: which elements, with which settings, in which order.
//!
//! Belongs here: describing a chain and turning it into elements or launch text. Not here: what
//! any chain is for. Invariant: a plan can be built, compared and printed without GStreamer, and
//! printing it shows no password.

use crate::elements;
use crate::{PipelineError, error::failed};
use afterimage_base::Secret;
use gstreamer as gst;
use gstreamer::prelude::*;
use std::fmt::Display;

/// One element and its settings, in the text form that GStreamer reads for any type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub element: &'static str,
    pub settings: Vec<(&'static str, Setting)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Plain(String),
    Hidden(Secret),
}

impl Node {
    pub fn new(element: &'static str) -> Self {
        Self { element, settings: Vec::new() }
    }

    pub fn set(mut self, name: &'static str, value: impl Display) -> Self {
        self.settings.push((name, Setting::Plain(format!("{value}"))));
        self
    }

    pub fn hide(mut self, name: &'static str, value: &Secret) -> Self {
        self.settings.push((name, Setting::Hidden(value.clone())));
        self
    }

    /// Only buffers of these caps pass.
    pub fn caps(caps: &str) -> Self {
        Self::new("capsfilter").set("caps", caps)
    }

    /// Makes the element; fails with the package to install where it is not present.
    pub fn build(&self) -> Result<gst::Element, PipelineError> {
        let element = elements::make(self.element)?;
        for (name, value) in &self.settings {
            let text = match value {
                Setting::Plain(text) => text,
                Setting::Hidden(secret) => secret.expose(),
            };
            // A setting that this version of the element lacks is refused here, not by a panic.
            if element.find_property(name).is_none() {
                return Err(failed(format!("element {} has no setting {name}", self.element)));
            }
            element.set_property_from_str(name, text);
        }
        Ok(element)
    }
}

/// Makes the nodes, adds them to `bin` and links them in order.
pub(crate) fn build_chain(
    bin: &impl IsA<gst::Bin>,
    nodes: &[Node],
) -> Result<Vec<gst::Element>, PipelineError> {
    let elements = nodes.iter().map(Node::build).collect::<Result<Vec<_>, _>>()?;
    for element in &elements {
        bin.add(element).map_err(failed)?;
    }
    for pair in elements.windows(2) {
        pair[0].link(&pair[1]).map_err(failed)?;
    }
    Ok(elements)
}

/// The nodes as launch text, for the places of GStreamer that take nothing else.
pub(crate) fn launch_text(nodes: &[Node]) -> String {
    let describe = |node: &Node| {
        let mut text = node.element.to_owned();
        for (name, value) in &node.settings {
            let value = match value {
                Setting::Plain(text) => text,
                Setting::Hidden(secret) => secret.expose(),
            };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            text.push_str(&format!(" {name}=\"{value}\""));
        }
        text
    };
    nodes.iter().map(describe).collect::<Vec<_>>().join(" ! ")
}

/// Fails where an element of the plan is not installed.
pub(crate) fn require_all(nodes: &[Node]) -> Result<(), PipelineError> {
    nodes.iter().try_for_each(|node| elements::require(node.element))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_prints_without_its_password() {
        let node = Node::new("rtspsrc").hide("user-pw", &Secret::new("hunter2"));
        assert!(!format!("{node:?}").contains("hunter2"), "plans are logged");
    }

    #[test]
    fn launch_text_quotes_what_it_is_given() {
        let nodes = [Node::new("filesrc").set("location", "a \"b\""), Node::new("qtdemux")];
        assert_eq!(
            launch_text(&nodes),
            r#"filesrc location="a \"b\"" ! qtdemux"#,
            "a quote in a value must not end the value"
        );
    }
}
