//! What a running server holds: the stores, the vault, the peers, the hour, the configuration and the profile.

pub mod apps;
pub mod catalogue;
pub mod config;
pub mod deadline;
pub mod disagreement;
pub mod held_objects;
pub mod html;
pub mod multilingual;
pub mod notices;
pub mod period;
pub mod profile;
pub mod receiving;
pub mod representation;
pub mod room;
pub mod stored;
pub mod wire;

use crate::adapters::{Adapters, Settings};
use crate::kernel::access::{Asker, Grant, Openings};
use crate::kernel::audit::Sealer;
use crate::kernel::clock::Ambient;
use crate::kernel::db::{Actor, Db, Tx, Verdict, Who};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::once::{Answer, Once};
use crate::kernel::vault::{Class, SubjectKeys, Vault};
use config::Config;
use feldsher_migrations::{Record, Register};
use poem_openapi::types::{ParseFromJSON, ToJSON};
use profile::Profile;
use room::Room;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// The running server, for whoever may call out. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Held>);

pub struct Held {
    pub db: Db,
    pub vault: Vault,
    pub adapters: Adapters,
    pub sealer: Sealer,
    pub ambient: Ambient,
    /// This run of the process, as it takes tasks and leases.
    pub node: Uuid,
    pub config: Config,
    pub profile: Profile,
    pub rooms: &'static [Room],
}

impl Deref for App {
    type Target = Held;
    fn deref(&self) -> &Held {
        &self.0
    }
}

impl App {
    /// Opens both stores, brings their schemas up to date, opens the vault and builds the adapters.
    pub async fn open(config: Config, ambient: Ambient, rooms: &'static [Room]) -> Result<Self> {
        let profile = Profile::load(&config.profile)?;
        profile.check_processors(&config)?;
        let settings = Settings {
            sms: &config.sms,
            mail: &config.mail,
            push: &config.push,
            files: &config.files(),
            payments: &config.payments,
            antivirus: &config.antivirus,
        };
        let adapters = Adapters::open(&settings, &ambient)?;
        let (db, register) = Self::stores(&config, &ambient).await?;
        db.migrate::<Record>().await?;
        register.migrate::<Register>().await?;
        let vault = Vault::open(register, &config.wrapping()).await?;
        let sealer = Sealer::open(&config.keys, &ambient)?;
        let listening = vault.clone();
        db.invalidations.listen(move |told| listening.forget(told));
        Ok(Self(Arc::new(Held { db, vault, adapters, sealer, node: ambient.id(), ambient, config, profile, rooms })))
    }

    /// The record and the register, as they are configured, in folders that are made when they are missing.
    pub async fn stores(config: &Config, ambient: &Ambient) -> Result<(Db, Db)> {
        make_folder(&config.data)?;
        make_folder(&config.keys)?;
        let db = Db::open_sharing(&config.record_url(), ambient.clone(), config.sqlite_turns).await?;
        let register = Db::open_sharing(&config.register_url(), ambient.clone(), config.sqlite_turns).await?;
        Ok((db, register))
    }

    /// Closes both stores.
    pub async fn close(&self) {
        self.db.clone().close().await;
        self.vault.register().clone().close().await;
    }

    /// Whether this actor may change anything by this operation at all. `write` asks it of everybody; an operation that looks
    /// things up, takes bytes or reserves something before its transaction asks first.
    ///
    /// # Errors
    /// `read_only` for a patient where the cabinet is one to read; `not_by_representation` for a representative by what is not his.
    pub fn check_writable(&self, actor: &Actor) -> Result<()> {
        let represents = matches!(actor.who, Who::Representative { .. });
        if represents && !representation::lets_representatives_write(actor.operation) {
            return Err(Error::refused(Code::NotByRepresentation));
        }
        let is_patient = represents || matches!(actor.who, Who::Patient { .. });
        let may = !is_patient || self.profile.lets_patients_write(actor.operation);
        if may { Ok(()) } else { Err(Error::refused(Code::ReadOnly)) }
    }

    /// One transaction of `actor`. See `Db::write`.
    ///
    /// # Errors
    /// `read_only` for a patient where the cabinet is one to read; what the rule refuses.
    pub async fn write<T, V, F>(&self, actor: &Actor, rule: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx) -> V,
        V: Into<Verdict<T>>,
    {
        self.check_writable(actor)?;
        self.db.write(actor, rule).await
    }

    /// One idempotent transaction: the same key and body get the same answer. What the rule refuses with 409 is kept too,
    /// for it is an answer about the world; every other refusal may turn out otherwise when it is repeated.
    ///
    /// # Errors
    /// What the rule refuses; `idempotency_key_reused` for another body; see `Db::write`.
    pub async fn write_once<T, F>(&self, actor: &Actor, keys: &SubjectKeys, key: &str, body: &impl ToJSON, rule: F) -> Result<T>
    where
        T: ToJSON + ParseFromJSON,
        F: AsyncFnOnce(&mut Tx) -> Result<T>,
    {
        self.run_once(actor, Once::new(keys, actor.operation, key, &body.to_json_string())?, rule).await
    }

    /// As `write_once`, for what stays possible while one's own access is frozen.
    pub async fn write_once_even_frozen<T, F>(
        &self,
        actor: &Actor,
        keys: &SubjectKeys,
        key: &str,
        body: &impl ToJSON,
        rule: F,
    ) -> Result<T>
    where
        T: ToJSON + ParseFromJSON,
        F: AsyncFnOnce(&mut Tx) -> Result<T>,
    {
        self.run_once(actor, Once::new(keys, actor.operation, key, &body.to_json_string())?.even_frozen(), rule).await
    }

    /// What `write_once` answered to this key and body before, if it did: for an operation that makes keys or reserves numbers
    /// first, and would make them again.
    ///
    /// # Errors
    /// What was refused then; `idempotency_key_reused` for another body.
    pub async fn kept<T>(&self, actor: &Actor, keys: &SubjectKeys, key: &str, body: &impl ToJSON) -> Result<Option<T>>
    where
        T: ParseFromJSON,
    {
        let once = Once::new(keys, actor.operation, key, &body.to_json_string())?;
        match once.kept(&self.db.reader()).await? {
            Some(Answer::Done(json)) => {
                T::parse_from_json(Some(json)).map(Some).map_err(|_| Error::internal("a stored answer does not read"))
            }
            Some(Answer::Refused(refusal)) => Err(Error::Refused(Box::new(refusal))),
            None => Ok(None),
        }
    }

    async fn run_once<T, F>(&self, actor: &Actor, once: Once<'_>, rule: F) -> Result<T>
    where
        T: ToJSON + ParseFromJSON,
        F: AsyncFnOnce(&mut Tx) -> Result<T>,
    {
        let ruled = self
            .write(actor, async |tx: &mut Tx| -> Result<Answer> {
                if let Some(first) = once.begin(tx).await? {
                    return Ok(first);
                }
                let answer = Answer::Done(rule(tx).await?.to_json().unwrap_or_default());
                once.keep(tx, &answer)?;
                Ok(answer)
            })
            .await;
        match ruled {
            Ok(Answer::Done(json)) => {
                T::parse_from_json(Some(json)).map_err(|_| Error::internal("a stored answer does not read"))
            }
            Ok(Answer::Refused(refusal)) => Err(Error::Refused(Box::new(refusal))),
            Err(Error::Refused(refusal)) if refusal.code.status() == 409 => {
                let kept = Answer::Refused((*refusal).clone());
                self.write(actor, async |tx: &mut Tx| -> Result<()> {
                    if once.begin(tx).await?.is_none() {
                        once.keep(tx, &kept)?;
                    }
                    Ok(())
                })
                .await?;
                Err(Error::Refused(refusal))
            }
            Err(error) => Err(error),
        }
    }

    /// One request's openings of sealed data.
    pub fn openings(&self, actor: Actor, asker: Asker) -> Openings<'_> {
        Openings::new(&self.db, &self.vault, actor, asker)
    }

    /// Leave to open somebody's own data for his own export: it leaves no lines, and a freeze does not stop it, for it was
    /// asked for when that was allowed.
    pub async fn own_grant(&self, keys: &SubjectKeys, class: Class) -> Result<Grant> {
        let subject = keys.subject;
        let openings = self.openings(Actor::house("export"), Asker { id: subject, medical: false });
        let grant = openings.grant_on("own", subject, class, ("patient", subject)).await?;
        openings.answer(grant).await
    }
}

/// Makes a folder of mode 0700, or takes the one that is there.
pub fn make_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| Error::internal(format!("the folder {} can't be made: {error}", path.display())))
}
