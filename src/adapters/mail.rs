//! E-mail through the clinic's own mail server (SMTP submission, RFC 6409).

use super::outbox::{Channel, Outbox};
use super::smtp::{Server, Smtp};
use super::{SendFault, is_loopback, outside};
use crate::kernel::error::{Error, Result};
use crate::kernel::secret::Secret;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::TlsParameters;
use lettre::{Address, address::Envelope};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// `[mail]`; `kind = "memory"` unless set.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum MailConfig {
    /// Messages stay in the process and are shown by the sandbox.
    Memory {},
    Smtp {
        /// Name of the mail server; its certificate must carry it. The public roots are trusted.
        host: String,
        /// Default: 587 for `starttls`, 465 for `tls`, 25 for `none`.
        #[serde(default)]
        port: Option<u16>,
        /// Default `starttls`, and then a server that does not offer it is refused.
        #[serde(default)]
        tls: Tls,
        /// Both or neither. Default: no sign-in.
        #[serde(default)]
        user: Option<String>,
        #[serde(default)]
        password: Option<Secret>,
        /// The sender, such as `Clinic <no-reply@clinic.example>`.
        from: String,
        /// Seconds for each step (connecting, greeting, handing over), 1 to 300. Default 30.
        #[serde(default = "thirty")]
        timeout_s: u16,
    },
}

fn thirty() -> u16 {
    30
}

impl Default for MailConfig {
    fn default() -> Self {
        MailConfig::Memory {}
    }
}

/// How the way to the mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Not at all: for a server on this machine or inside a private network. A password is then sent to loopback only.
    None,
    /// The connection begins in the plain and must be upgraded (RFC 3207).
    #[default]
    Starttls,
    /// Encrypted from the first byte (RFC 8314).
    Tls,
}

/// The sender of e-mail.
#[derive(Debug, Clone)]
pub enum Mail {
    Memory(Outbox),
    Smtp(Smtp),
}

impl Mail {
    /// # Errors
    /// `Internal` with a sentence for the operator when a setting can't work.
    pub fn open(config: &MailConfig, outbox: &Outbox) -> Result<Self> {
        let MailConfig::Smtp { host, port, tls, user, password, from, timeout_s } = config else {
            return Ok(Mail::Memory(outbox.clone()));
        };
        let from: Mailbox = from.parse().map_err(|_| Error::internal("mail.from is not an address"))?;
        let credentials = match (user, password) {
            (Some(user), Some(password)) => Some(Credentials::new(user.clone(), password.reveal().to_owned())),
            (None, None) => None,
            _ => return Err(Error::internal("mail.user and mail.password go together")),
        };
        if credentials.is_some() && *tls == Tls::None && !is_loopback(host) {
            return Err(Error::internal("mail.tls = \"none\" would send the password in the plain to another machine"));
        }
        let encryption = match tls {
            Tls::None => None,
            Tls::Starttls | Tls::Tls => Some(
                TlsParameters::new(host.clone())
                    .map_err(|error| Error::internal(format!("mail: TLS can't be set up: {error}")))?,
            ),
        };
        let usual_port = match tls {
            Tls::None => 25,
            Tls::Starttls => 587,
            Tls::Tls => 465,
        };
        Ok(Mail::Smtp(Smtp::new(Server {
            host: host.clone(),
            port: port.unwrap_or(usual_port),
            encryption,
            starttls: *tls == Tls::Starttls,
            credentials,
            from,
            step_timeout: Duration::from_secs((*timeout_s).clamp(1, 300).into()),
        })))
    }

    /// Hands one message of plain text to the mail server. The Message-ID comes from `key`, so that a repetition is
    /// recognisable as one.
    pub async fn send(&self, key: &str, to: &str, subject: &str, text: &str) -> Result<(), SendFault> {
        outside("mail.send")?;
        match self {
            Mail::Memory(outbox) => outbox.post(Channel::Mail, to, Some(subject), text, key),
            Mail::Smtp(smtp) => {
                let (envelope, message) = compose(smtp.from(), key, to, subject, text)?;
                smtp.send(&envelope, &message).await
            }
        }
    }
}

fn compose(from: &Mailbox, key: &str, to: &str, subject: &str, text: &str) -> Result<(Envelope, Vec<u8>), SendFault> {
    let to: Address = to.parse().map_err(|_| SendFault::Reject { why: "the address is not one" })?;
    if subject.contains(char::is_control) {
        return Err(SendFault::Reject { why: "the subject holds control characters" });
    }
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(subject)
        .message_id(Some(message_id(key, from.email.domain())))
        // RFC 3834: nobody's holiday notice need answer this.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN)
        .body(text.to_owned())
        .map_err(|_| SendFault::Reject { why: "the message can't be composed" })?;
    Ok((message.envelope().clone(), message.formatted()))
}

/// A hash, because a key may hold characters that a Message-ID may not.
fn message_id(key: &str, domain: &str) -> String {
    let digest = hex::encode(Sha256::digest(key.as_bytes()));
    format!("<{}@{domain}>", &digest[..32])
}
