//! The token that lets us send messages: one that never changes, or one that Google gives out for an hour.

use crate::adapters::SendFault;
use crate::kernel::secret::Secret;
use gcp_auth::{CustomServiceAccount, Token, TokenProvider};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// For all attempts that the library makes.
const FETCH_TIMEOUT: Duration = Duration::from_secs(15);
/// So long a token endpoint that failed is left alone: else each push in a queue would wait for the full timeout.
const PAUSE: Duration = Duration::from_secs(5);

pub(super) enum Bearer {
    Fixed(Secret),
    Google(Google),
}

impl Bearer {
    /// The token to send with; another one than `refused`.
    pub(super) async fn token(&self, refused: Option<&Secret>) -> Result<Secret, SendFault> {
        match self {
            Bearer::Fixed(_) if refused.is_some() => Err(SendFault::retry("the provider refuses our token")),
            Bearer::Fixed(token) => Ok(token.clone()),
            Bearer::Google(google) => google.token(refused).await,
        }
    }
}

/// A service account, and the token that it was given last.
pub(super) struct Google {
    key_file: Secret,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<Arc<Token>>,
    failed_at: Option<Instant>,
}

impl Google {
    pub(super) fn new(key_file: Secret) -> Result<Self, gcp_auth::Error> {
        CustomServiceAccount::from_json(key_file.reveal())?;
        Ok(Google { key_file, held: Mutex::default() })
    }

    /// Whoever comes first fetches, and the others wait for it. The library would fetch once for each of those who wait,
    /// and could not be told that its token is refused; so each fetch goes through a new account of the library's.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, SendFault> {
        let mut held = self.held.lock().await;
        let refused = refused.map(Secret::reveal);
        let good = |token: &&Arc<Token>| !token.has_expired() && refused != Some(token.as_str());
        if let Some(token) = held.token.as_ref().filter(good) {
            return Ok(Secret::new(token.as_str()));
        }
        let why = "Google gives out no access token";
        if held.failed_at.is_some_and(|at| at.elapsed() < PAUSE) {
            return Err(SendFault::Retry { after_s: u32::try_from(PAUSE.as_secs()).ok(), why });
        }
        match timeout(FETCH_TIMEOUT, self.fetch()).await {
            Ok(Ok(token)) => {
                let secret = Secret::new(token.as_str());
                *held = Held { token: Some(token), failed_at: None };
                Ok(secret)
            }
            Ok(Err(_)) | Err(_) => {
                *held = Held { token: None, failed_at: Some(Instant::now()) };
                Err(SendFault::retry(why))
            }
        }
    }

    async fn fetch(&self) -> Result<Arc<Token>, gcp_auth::Error> {
        CustomServiceAccount::from_json(self.key_file.reveal())?.token(&[SCOPE]).await
    }
}
