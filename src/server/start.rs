//! Starting and stopping a server.

use super::{http, ops, service, worker};
use crate::adapters::mail::MailConfig;
use crate::adapters::sms::SmsConfig;
use crate::app::config::Config;
use crate::app::{App, make_folder};
use crate::clinic::ROOMS;
use crate::clinic::{identity, oversight, privacy};
use crate::kernel::clock::Ambient;
use crate::kernel::error::{Error, Result};
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long tasks in flight may take to end after the last answer.
const WORK_GRACE: Duration = Duration::from_secs(5);

/// Runs the server until it is told to stop.
pub async fn serve(config: Config, sandbox: bool) -> Result<()> {
    check(&config, sandbox)?;
    let ambient = Ambient::system();
    make_folder(&config.data)?;
    make_folder(&config.keys)?;
    // Held until the process ends: a second server on the same SQLite folder stops here.
    let _lock = ops::lock_serve(&config)?;
    ops::check_mark(&config, &ambient, sandbox).await?;
    let app = App::open(config, ambient, ROOMS).await?;
    // After a restore the record may still have people whom the register knows to be gone: nobody is answered before.
    let forgotten = privacy::replay_tombstones(&app).await?;
    if forgotten > 0 {
        tracing::warn!(forgotten, "the record was older than the register: its erasures were carried out again");
    }
    privacy::publish_policies(&app).await?;
    oversight::note_configuration(&app).await?;
    let listener = listen(app.config.listen).await?;
    tell(&app, sandbox).await?;
    run(&app, sandbox, listener, http::stop_signal()).await
}

/// Serves on `listener` with everything that runs beside, until `stop`; then lets what is in flight end.
pub async fn run(app: &App, sandbox: bool, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<()> {
    let endpoint = service::endpoint(app, sandbox)?;
    let stopping = CancellationToken::new();
    let mut beside = worker::start(app, &stopping);
    // Streams would go on for as long as the grace lasts: they are told that the server stops.
    let waiters = app.db.waiters.clone();
    let stop = async move {
        stop.await;
        waiters.close();
    };
    let served = http::serve(listener, endpoint, stop).await;
    stopping.cancel();
    let _ = tokio::time::timeout(WORK_GRACE, async { while beside.join_next().await.is_some() {} }).await;
    app.close().await;
    tracing::info!("stopped");
    served.map_err(|error| Error::internal(format!("the server ended: {error}")))
}

pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::internal(format!("can't listen on {address}: {error}. Is another server running there? Set `listen`."))
    })
}

/// Refuses what can't be meant.
fn check(config: &Config, sandbox: bool) -> Result<()> {
    if sandbox {
        if !config.listen.ip().is_loopback() {
            return Err(Error::internal(
                "a sandbox shows every message and moves its clock, so it listens on loopback only: set listen to 127.0.0.1",
            ));
        }
        return Ok(());
    }
    if matches!(config.sms, SmsConfig::Memory {}) && matches!(config.mail, MailConfig::Memory {}) {
        return Err(Error::internal(
            "neither sms nor mail is configured: sign-in codes would go nowhere. Set [sms] or [mail] in feldsher.toml, or try `serve --sandbox`.",
        ));
    }
    Ok(())
}

/// Says where everything is.
async fn tell(app: &App, sandbox: bool) -> Result<()> {
    let config = &app.config;
    println!("Feldsher {} — profile {}{}", env!("CARGO_PKG_VERSION"), app.profile.id, if sandbox { ", sandbox" } else { "" });
    println!("  API        http://{}/v1", config.listen);
    println!("  docs       http://{}/docs", config.listen);
    println!("  record     {}", place(&config.record_url()));
    println!("  register   {}", place(&config.register_url()));
    println!("  keys       {}", config.wrapping().display());
    if !app.profile.confirmed_by_operator {
        println!("  note       the profile is not confirmed by you yet (confirmed_by_operator)");
    }
    if sandbox {
        println!("  messages   http://{}/sandbox/messages", config.listen);
        println!("  clock      POST http://{}/sandbox/clock {{\"advanceSeconds\": 3600}}", config.listen);
    }
    if let Some(path) = identity::ensure_claim_token(app).await? {
        println!("  claim      POST /v1/installation/claim with the token in {} (30 minutes)", path.display());
    }
    Ok(())
}

/// A URL without its password.
fn place(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    }
}
