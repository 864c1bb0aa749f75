//! The demo: a sample clinic in a temporary folder, and one patient's life walked step by step over real HTTP.

mod guest;
mod journey;
mod sample;

use super::start;
use crate::app::App;
use crate::app::config::Config;
use crate::clinic::ROOMS;
use crate::kernel::clock::Ambient;
use crate::kernel::error::{Error, Result};
use guest::Guest;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Walks the journey; with `once` it then stops, else it stays up until ctrl-C. True: every step succeeded.
///
/// # Errors
/// When the house could not be set up at all.
pub async fn run(listen: SocketAddr, once: bool) -> Result<bool> {
    let ambient = Ambient::system();
    let folder = temporary_folder(&ambient)?;
    let listener = match start::listen(listen).await {
        Ok(listener) => listener,
        // Somebody else has the port: any other will do for a demo.
        Err(_) => start::listen(SocketAddr::new(listen.ip(), 0)).await?,
    };
    let address = listener.local_addr().map_err(|error| Error::internal(error.to_string()))?;
    let mut config = Config { listen: address, data: folder.join("data"), keys: folder.join("keys"), ..Config::default() };
    config.apps.ios.minimum = Some(sample::OLDEST_APP.parse().map_err(|_| Error::internal("a version does not read"))?);
    let app = App::open(config, ambient, ROOMS).await?;
    let claim = crate::clinic::identity::ensure_claim_token(&app).await?;
    println!("Feldsher {}: a clinic in {}\n", env!("CARGO_PKG_VERSION"), folder.display());

    let stop = CancellationToken::new();
    let (serving, stopped) = (app.clone(), stop.clone());
    let server =
        tokio::spawn(async move { start::run(&serving, true, listener, async move { stopped.cancelled().await }).await });

    let began = Instant::now();
    let mut guest = Guest::new(format!("http://{address}"))?;
    let walked = journey::walk(&mut guest, &app, claim.as_deref()).await;
    match &walked {
        Ok(()) => println!("\n{} steps in {:.1} s", guest.steps(), began.elapsed().as_secs_f64()),
        Err(stumble) => println!("\nThe journey ended: {stumble}"),
    }
    if !once && walked.is_ok() {
        explain(address, &guest);
        super::http::stop_signal().await;
    }
    stop.cancel();
    let _ = server.await;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(walked.is_ok())
}

/// Walks the journey against a sandbox that serves at `base`. Answers how many steps there were, or why it ended.
///
/// # Errors
/// The step that did not succeed, in words.
pub async fn walk(app: &App, base: String) -> Result<usize, String> {
    let claim = crate::clinic::identity::ensure_claim_token(app).await.map_err(|error| error.to_string())?;
    let mut guest = Guest::new(base).map_err(|error| error.to_string())?;
    journey::walk(&mut guest, app, claim.as_deref()).await?;
    Ok(guest.steps())
}

fn explain(address: SocketAddr, guest: &Guest) {
    println!("\nThe clinic stays open until ctrl-C; its folder goes with it.");
    println!("  API       http://{address}/v1        docs  http://{address}/docs");
    println!("  messages  http://{address}/sandbox/messages   (the SMS, mail and pushes that would have been sent)");
    println!(
        "  clock     curl -X POST http://{address}/sandbox/clock -H 'Content-Type: application/json' -d '{{\"advanceSeconds\": 86400}}'"
    );
    if let Some(token) = guest.last_token() {
        println!("  a patient curl http://{address}/v1/me -H 'Authorization: Bearer {token}'");
    }
}

fn temporary_folder(ambient: &Ambient) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("feldsher-demo-{}", ambient.id()));
    std::fs::create_dir(&folder).map_err(|error| Error::internal(format!("{}: {error}", folder.display())))?;
    Ok(folder)
}
