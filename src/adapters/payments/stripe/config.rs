//! What Stripe is reached with, checked before anything is asked of it.

use super::Stripe;
use super::client::Client;
use crate::adapters::peer_url;
use crate::kernel::error::{Error, Result};
use crate::kernel::secret::Secret;
use serde::Deserialize;

/// The settings under `[payments]` with `kind = "stripe"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripeConfig {
    /// `sk_…` or, better, a restricted `rk_…` that may write payment intents, customers, customer sessions, refunds,
    /// and payment methods.
    secret_key: Secret,
    /// `pk_…`, of the same mode; the app gets it.
    publishable_key: String,
    /// `whsec_…`: one, or two while they rotate.
    webhook_secrets: Vec<Secret>,
    /// `acct_…`, when a platform takes the money for a connected account. Default: the key's own account.
    account: Option<String>,
    #[serde(default = "stripe_url")]
    url: String,
    /// Seconds for one attempt, 1 to 10. Default 8.
    #[serde(default = "eight")]
    timeout_s: u16,
    /// Lets plain HTTP leave this machine. Default false.
    #[serde(default)]
    allow_http: bool,
}

fn stripe_url() -> String {
    "https://api.stripe.com".to_owned()
}

fn eight() -> u16 {
    8
}

impl Stripe {
    pub(in super::super) fn open(config: &StripeConfig) -> Result<Self> {
        let wrong = |what: &str| Err(Error::internal(format!("payments.{what}")));
        let key = config.secret_key.reveal();
        let mode = |key: &str, kinds: &[&str]| {
            let rest = kinds.iter().find_map(|kind| key.strip_prefix(kind))?;
            ["live_", "test_"].iter().position(|mode| rest.starts_with(mode))
        };
        let (Some(secret_mode), Some(public_mode)) = (mode(key, &["sk_", "rk_"]), mode(&config.publishable_key, &["pk_"])) else {
            return wrong("secret_key begins with sk_ or rk_, payments.publishable_key with pk_, and then live_ or test_");
        };
        if secret_mode != public_mode {
            return wrong("secret_key and payments.publishable_key: one is live, the other is for tests");
        }
        if !(1..=2).contains(&config.webhook_secrets.len()) || config.webhook_secrets.iter().any(Secret::is_empty) {
            return wrong("webhook_secrets holds one secret, or two while they rotate");
        }
        let url = peer_url("payments.url", &config.url, config.allow_http)?;
        Ok(Stripe {
            client: Client::new(&url, &config.secret_key, config.account.as_deref(), config.timeout_s)?,
            publishable_key: config.publishable_key.as_str().into(),
            webhook_secrets: config.webhook_secrets.clone().into(),
            account: config.account.clone(),
            is_live: secret_mode == 0,
        })
    }
}
