//! Envelopes: what is asked goes into one, what is answered comes out of one.
//!
//! Belongs here: SOAP 1.2, and 1.1 where a camera answers so; faults. Not here: HTTP, what is asked.

use crate::token::UsernameToken;
use crate::xml::{self, Space, XmlError};
use roxmltree::{Document, Node};

pub(crate) fn envelope(token: Option<&UsernameToken>, request: &str) -> String {
    let header = token.map(|token| format!("<s:Header>{}</s:Header>", token.to_xml()));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">{}\
         <s:Body>{request}</s:Body></s:Envelope>",
        header.unwrap_or_default()
    )
}

/// Why an answer is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SoapError {
    NotSoap(String),
    /// The camera says no; the text is its own.
    Fault(Fault),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub is_about_credentials: bool,
    pub reason: String,
}

impl From<XmlError> for SoapError {
    fn from(error: XmlError) -> Self {
        Self::NotSoap(error.to_string())
    }
}

/// Reads an answer: `take` gets the element inside its body, which has this name.
pub(crate) fn read<T>(
    text: &str,
    name: &str,
    take: impl FnOnce(Node<'_, '_>) -> T,
) -> Result<T, SoapError> {
    let document = xml::parse(text, &xml::ANSWER)?;
    let body = body(&document).ok_or_else(|| SoapError::NotSoap("no SOAP envelope".to_owned()))?;
    if let Some(fault) = xml::child(body, Space::Soap, "Fault") {
        return Err(SoapError::Fault(read_fault(fault)));
    }
    let answer = xml::child(body, Space::Onvif, name);
    answer.map(take).ok_or_else(|| SoapError::NotSoap(format!("no {name} in its answer")))
}

fn body<'a>(document: &'a Document<'_>) -> Option<Node<'a, 'a>> {
    let envelope = document.root_element();
    let is_envelope = xml::is(envelope, Space::Soap, "Envelope");
    is_envelope.then(|| xml::child(envelope, Space::Soap, "Body")).flatten()
}

/// SOAP 1.2 nests codes in `Code` and `Subcode` and text in `Reason`; 1.1 has `faultcode` and
/// `faultstring`, in no namespace.
fn read_fault(fault: Node<'_, '_>) -> Fault {
    let codes: Vec<&str> = fault
        .descendants()
        .filter(|node| matches!(node.tag_name().name(), "Value" | "faultcode"))
        .filter_map(xml::text)
        .collect();
    let reason = fault
        .descendants()
        .filter(|node| matches!(node.tag_name().name(), "Text" | "faultstring"))
        .find_map(xml::text);
    let is_about_credentials = codes.iter().any(|code| {
        let code = code.rsplit(':').next().unwrap_or(code);
        ["NotAuthorized", "FailedAuthentication", "FailedCheck", "InvalidSecurityToken"]
            .contains(&code)
    });
    let reason = reason.or_else(|| codes.last().copied()).unwrap_or("it does not say why");
    Fault { is_about_credentials, reason: xml::shown(reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(text: &str) -> Fault {
        match read(text, "GetProfilesResponse", |_| ()) {
            Err(SoapError::Fault(fault)) => fault,
            other => panic!("this is a fault: {other:?}"),
        }
    }

    #[test]
    fn faults_of_both_versions_are_read() {
        let modern = r#"<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
            xmlns:ter="http://www.onvif.org/ver10/error"><SOAP-ENV:Body><SOAP-ENV:Fault>
            <SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode>
            <SOAP-ENV:Value>ter:NotAuthorized</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code>
            <SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">Sender not Authorized</SOAP-ENV:Text>
            </SOAP-ENV:Reason></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"#;
        let fault = fault_of(modern);
        assert!(fault.is_about_credentials, "its subcode says so: {fault:?}");
        assert_eq!(fault.reason, "Sender not Authorized");
        let old = r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
            <faultcode>s:Server</faultcode><faultstring>Action
Not Supported</faultstring></s:Fault></s:Body></s:Envelope>"#;
        let fault = fault_of(old);
        assert!(!fault.is_about_credentials, "nothing here is about a password");
        assert_eq!(fault.reason, "Action Not Supported", "on one line");
    }

    #[test]
    fn what_is_no_answer_says_why() {
        for text in ["", "<html><body>It works!</body></html>", "401", "{}"] {
            assert!(
                matches!(read(text, "GetProfilesResponse", |_| ()), Err(SoapError::NotSoap(_))),
                "{text:?} is no SOAP"
            );
        }
    }
}
