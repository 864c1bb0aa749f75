//! One patient's life, as the demo walks it, on both engines: the real server with its workers, in the sandbox.

use crate::support::stores::{Stores, engines};
use feldsher::app::App;
use feldsher::app::config::Config;
use feldsher::clinic::ROOMS;
use feldsher::kernel::clock::Ambient;
use feldsher::server::{demo, start};
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_from_the_claim_to_the_day_after_the_erasure() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let mut config = Config {
            data: stores.path("data"),
            keys: stores.path("keys"),
            record_url: Some(stores.record_url.clone()),
            register_url: Some(stores.register_url.clone()),
            ..Config::default()
        };
        config.apps.ios.minimum = Some("3.0.0".parse().expect("a version"));
        let app = App::open(config, Ambient::system(), ROOMS).await.expect("an app");
        let listener = start::listen("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (serving, stop) = (app.clone(), CancellationToken::new());
        let stopped = stop.clone();
        let server =
            tokio::spawn(async move { start::run(&serving, true, listener, async move { stopped.cancelled().await }).await });
        let steps = demo::walk(&app, base).await.unwrap_or_else(|stumble| panic!("{on:?}: {stumble}"));
        assert!(steps > 60, "{steps} steps on {on:?}");
        stop.cancel();
        server.await.expect("the server's task").expect("a clean stop");
    }
}
