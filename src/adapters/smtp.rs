//! The conversation with a mail server, step by step. The library's own transport answers every broken connection
//! with the same error, has no time limit after connecting, and would put a connection whose sender was cancelled
//! half-way back into its pool, where the next message would take the stale reply for its own.

use super::SendFault;
use lettre::address::{Address, Envelope};
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

/// Conversations at a time, and so the most connections that are kept.
const CONVERSATIONS: usize = 4;
/// Servers hang up on the idle after some minutes; we forget them before.
const IDLE: Duration = Duration::from_secs(60);

/// One mail server. Clones share the connections.
#[derive(Clone)]
pub struct Smtp(Arc<Inner>);

struct Inner {
    server: Server,
    turns: Semaphore,
    parked: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub encryption: Option<TlsParameters>,
    /// Whether the encryption begins by STARTTLS instead of at once.
    pub starttls: bool,
    pub credentials: Option<Credentials>,
    pub from: Mailbox,
    pub step_timeout: Duration,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &self.0.server;
        f.debug_struct("Smtp").field("host", &server.host).field("port", &server.port).finish_non_exhaustive()
    }
}

impl Smtp {
    pub(super) fn new(server: Server) -> Self {
        Smtp(Arc::new(Inner { server, turns: Semaphore::new(CONVERSATIONS), parked: Mutex::default() }))
    }

    pub(super) fn from(&self) -> &Mailbox {
        &self.0.server.from
    }

    /// Hands over one message. A connection is parked again only after a clean end; in any other case, cancellation
    /// included, it is closed, for its next reply might belong to this message.
    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), SendFault> {
        let closed = |_| SendFault::retry("shutting down");
        let _turn = self.0.turns.acquire().await.map_err(closed)?;
        let limit = self.0.server.step_timeout;
        let mut connection = self.connection().await?;
        timeout(limit, announce(&mut connection, envelope)).await.map_err(|_| SendFault::retry("the mail server is slow"))??;
        let unknown = SendFault::Unknown { why: "the mail server did not confirm the message" };
        let answer = timeout(limit, connection.message(message)).await.map_err(|_| unknown)?;
        answer.map_err(|error| refusal(&error).unwrap_or(unknown))?;
        self.parked().push((connection, Instant::now()));
        Ok(())
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, SendFault> {
        while let Some((mut connection, since)) = self.take_parked() {
            let alive = since.elapsed() < IDLE && timeout(Duration::from_secs(2), connection.test_connected()).await == Ok(true);
            if alive {
                return Ok(connection);
            }
        }
        let unreachable = SendFault::retry("the mail server can't be reached");
        timeout(self.0.server.step_timeout, self.0.server.connect()).await.map_err(|_| unreachable)?
    }

    fn take_parked(&self) -> Option<(AsyncSmtpConnection, Instant)> {
        self.parked().pop()
    }

    fn parked(&self) -> std::sync::MutexGuard<'_, Vec<(AsyncSmtpConnection, Instant)>> {
        self.0.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// Every failure here is about the server or our account, never about the message: it is to be repeated.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SendFault> {
        let hello = ClientId::default();
        let at_once = self.encryption.clone().filter(|_| !self.starttls);
        let address = (self.host.as_str(), self.port);
        let connected = AsyncSmtpConnection::connect_tokio1(address, Some(self.step_timeout), &hello, at_once, None).await;
        let mut connection = connected.map_err(|_| SendFault::retry("the mail server can't be reached"))?;
        if let Some(encryption) = self.encryption.clone().filter(|_| self.starttls) {
            let upgraded = connection.starttls(encryption, &hello).await;
            upgraded.map_err(|_| SendFault::retry("the mail server can't be spoken to over TLS"))?;
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(|_| SendFault::retry("the mail server refuses our sign-in"))?;
        }
        Ok(connection)
    }
}

/// Sender, receiver, DATA: up to here nothing of the message has left us.
async fn announce(connection: &mut AsyncSmtpConnection, envelope: &Envelope) -> Result<(), SendFault> {
    let mut parameters = Vec::new();
    let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if !envelope.to().iter().chain(envelope.from()).all(is_ascii) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(SendFault::Reject { why: "the mail server knows no addresses beyond ASCII" });
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let failed = |error: Error| refusal(&error).unwrap_or(SendFault::retry("the connection to the mail server broke"));
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await.map_err(failed)?;
    for receiver in envelope.to() {
        connection.command(Rcpt::new(receiver.clone(), Vec::new())).await.map_err(failed)?;
    }
    connection.command(Data).await.map_err(failed)?;
    Ok(())
}

/// What the server's reply says about the message (RFC 5321, 4.2.1); nothing when there was no reply. 530 and 535
/// are about our account (RFC 4954), so the message may still pass once the operator has mended it.
fn refusal(error: &Error) -> Option<SendFault> {
    match u16::from(error.status()?) {
        530 | 535 => Some(SendFault::retry("the mail server wants us to sign in")),
        400..=499 => Some(SendFault::retry("the mail server asks us to come later")),
        _ => Some(SendFault::Reject { why: "the mail server refuses the message" }),
    }
}
