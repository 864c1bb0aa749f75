//! Push tokens. Whose a token is stands in the register's directory and nowhere else, so that a phone that has passed to
//! somebody else wakes for him alone, whatever rows an interrupted move has left.

use super::rows;
use super::tasks::Tidy;
use crate::adapters::push::TokenKind;
use crate::app::App;
use crate::clinic::identity;
use crate::kernel::access::Openings;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::vault::{Class, Index, Personal, Reservation, SubjectKeys};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Under which a token stands in the directory.
pub const KIND: &str = "pushToken";
const CHARS_MAX: usize = 4_096;
/// How often a token may change hands while one registration is on its way.
const MOVES_MAX: usize = 3;

const WORDS: &[(TokenKind, &str)] = &[
    (TokenKind::Apns, "apns"),
    (TokenKind::ApnsVoip, "apnsVoip"),
    (TokenKind::FcmToken, "fcmToken"),
    (TokenKind::FcmInstallation, "fcmInstallation"),
    (TokenKind::Rustore, "rustore"),
];

/// How a kind is written in its column.
fn word(kind: TokenKind) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == kind).map_or("apns", |(_, word)| word)
}

pub fn kind_of(word: &str) -> Option<TokenKind> {
    WORDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
}

/// A token as an app hands it in, and as it is sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenBody {
    pub kind: TokenKind,
    pub token: String,
}

impl Personal for TokenBody {
    const TABLE: &'static str = "push_token";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Contact;
}

impl TokenBody {
    /// What providers give out: APNs hexadecimal digits, the others letters of their own.
    pub fn check(kind: TokenKind, token: String) -> Result<Self, Fault> {
        let apns = matches!(kind, TokenKind::Apns | TokenKind::ApnsVoip);
        match token.len() {
            ..8 => Err(Fault::TooShort),
            len if len > CHARS_MAX => Err(Fault::TooLong),
            _ if apns && token.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(Self { kind, token: token.to_lowercase() }),
            _ if !apns && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:.~+/=%".contains(&b)) => {
                Ok(Self { kind, token })
            }
            _ => Err(Fault::BadCharacters),
        }
    }

    pub fn index(&self) -> Index {
        Index { kind: KIND, value: self.value() }
    }

    /// The same token of two kinds of one provider is two: it is asked for by other means.
    pub fn value(&self) -> String {
        format!("{}:{}", word(self.kind), self.token)
    }

    /// The row of this token at one owner: a keyed digest that nobody else can make.
    pub fn row_id(&self, owner: &SubjectKeys) -> Result<Uuid> {
        row_id(owner, "push token", self.value().as_bytes())
    }

    pub fn row(&self, owner: &SubjectKeys, installation: Uuid, session: Uuid, now: DateTime<Utc>) -> Result<rows::Token> {
        let id = self.row_id(owner)?;
        let sealed = owner.seal(id, self)?;
        Ok(rows::Token { id, installation, session, kind: word(self.kind).to_owned(), registered_at: now, sealed })
    }
}

/// An id made of a keyed digest: found again by whoever has the key and the value, and by nobody else.
pub fn row_id(owner: &SubjectKeys, domain: &'static str, value: &[u8]) -> Result<Uuid> {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = owner.digest(domain, value)?;
    Ok(uuid::Builder::from_random_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]).into_uuid())
}

/// A token by which a phone can be woken now.
#[derive(Clone)]
pub struct PushToken {
    /// The row of its installation: for `drop_token`, and for nobody outside.
    pub installation: Uuid,
    pub kind: TokenKind,
    pub token: String,
    pub registered_at: DateTime<Utc>,
}

/// The tokens of a patient or staff member whose sessions live, newest first. Empty where the profile has no push.
/// `openings` says who asks; its lines are durable once `Openings::answer` was called.
pub async fn tokens_of(app: &App, openings: &Openings<'_>, subject: Uuid) -> Result<Vec<PushToken>> {
    if !app.profile.devices.push {
        return Ok(Vec::new());
    }
    let reader = app.db.reader();
    let mut rows = rows::tokens(&reader, subject).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let living = identity::living_sessions(&reader, subject, app.ambient.now()).await?;
    rows.retain(|row| living.contains(&row.session));
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let grant = openings.grant_on("push", subject, Class::Contact, ("installation", first.installation)).await?;
    let bodies: Vec<TokenBody> = rows.iter().map(|row| grant.open(row.id, &row.sealed)).collect::<Result<_>>()?;
    let indexes: Vec<Index> = bodies.iter().map(TokenBody::index).collect();
    let holders = app.vault.holders(&indexes).await?;
    let tokens = rows.into_iter().zip(bodies).zip(holders).filter(|(_, holder)| *holder == Some(subject));
    Ok(tokens
        .map(|((row, body), _)| PushToken {
            installation: row.installation,
            kind: body.kind,
            token: body.token,
            registered_at: row.registered_at,
        })
        .collect())
}

/// Drops a token that its provider calls dead since `dead_since`. One that was registered after that hour lives: the
/// provider speaks of an earlier life of it. None: the provider names no hour, and whatever is there now is dropped; say
/// the hour at which you read the token, if the app may have registered a newer one meanwhile.
pub async fn drop_token(tx: &mut Tx, installation: Uuid, kind: TokenKind, dead_since: Option<DateTime<Utc>>) -> Result<()> {
    // A registration of this very millisecond was there before whoever read it and was told that it is dead.
    let before = dead_since.unwrap_or_else(|| tx.now() + chrono::TimeDelta::milliseconds(1));
    if let Some(owner) = rows::drop_token(tx, installation, word(kind), before).await? {
        tx.audit(Line::new("dropToken").on("installation", installation));
        tx.enqueue(Tidy::of(owner));
    }
    Ok(())
}

/// Makes the tokens the caller's own. Another account's row of the same token goes first: a crash in between leaves a token
/// that wakes nobody until the app hands it in again.
pub async fn claim(app: &App, keys: &SubjectKeys, tokens: &[TokenBody]) -> Result<()> {
    for token in tokens {
        let mut moves = 0;
        while let Reservation::Taken(holder) = app.vault.reserve(keys, &token.index()).await? {
            if moves == MOVES_MAX {
                return Err(Error::Unavailable("a push token is changing hands"));
            }
            moves += 1;
            take_from(app, holder, token).await?;
        }
    }
    Ok(())
}

/// Makes sure that the directory knows the tokens of rows that are there, unless somebody else has them by now.
pub async fn hold(app: &App, keys: &SubjectKeys, tokens: &[TokenBody]) -> Result<()> {
    for token in tokens {
        app.vault.reserve(keys, &token.index()).await?;
    }
    Ok(())
}

/// By the house, not by the new owner: a line that named both would tie two people to one phone.
async fn take_from(app: &App, holder: Uuid, token: &TokenBody) -> Result<()> {
    match app.vault.keys(holder).await {
        Ok(keys) => {
            let row = token.row_id(&keys)?;
            app.write(&Actor::house("moveToken"), async |tx: &mut Tx| -> Result<()> {
                if rows::change(tx, "DELETE FROM push_token WHERE id = $1", [row.into()]).await? == 1 {
                    tx.audit(Line::new("moveToken").on("pushToken", row).about(&keys).of(Class::Contact));
                }
                Ok(())
            })
            .await?;
        }
        // Erased since the directory was read.
        Err(error) if error.code() == Code::NotFound => {}
        Err(error) => return Err(error),
    }
    app.vault.take_away(holder, &token.index()).await
}
