//! The stream of events: what it says, where it resumes, and what ends it.

use super::{PHONE, at_noon, freeze, tell};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{Stores, engines};
use feldsher::app::App;
use feldsher::app::config::Config;
use feldsher::clinic::ROOMS;
use feldsher::clinic::notifications::Kind;
use feldsher::kernel::clock::Ambient;
use feldsher::server::start;
use reqwest::{Method, Response};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

struct Listener {
    response: Response,
    text: String,
}

impl Listener {
    async fn to(house: &House, person: &Person, last: Option<&str>) -> Self {
        let mut request = house.request(Method::GET, "/v1/events", person.token());
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// Waits until so many events have come, and answers their ids.
    async fn events(&mut self, count: usize) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.ids().len() < count && Instant::now() < deadline {
            match tokio::time::timeout(Duration::from_millis(200), self.response.chunk()).await {
                Ok(Ok(Some(part))) => self.text.push_str(&String::from_utf8_lossy(&part)),
                Ok(_) => break,
                Err(_) => {}
            }
        }
        self.ids()
    }

    /// Waits until this stands in what came.
    async fn hears(&mut self, what: &str) -> bool {
        let deadline = Instant::now() + Duration::from_secs(5);
        while !self.text.contains(what) && Instant::now() < deadline {
            if let Ok(Ok(Some(part))) = tokio::time::timeout(Duration::from_millis(200), self.response.chunk()).await {
                self.text.push_str(&String::from_utf8_lossy(&part));
            }
        }
        self.text.contains(what)
    }

    fn ids(&self) -> Vec<String> {
        self.text.lines().filter_map(|line| line.strip_prefix("id: ")).map(str::to_owned).collect()
    }

    /// How long it takes until the stream ends.
    async fn end(mut self) -> Duration {
        let began = Instant::now();
        while let Ok(Ok(Some(_))) = tokio::time::timeout(Duration::from_secs(5), self.response.chunk()).await {}
        began.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_says_what_comes_and_resumes_where_it_was_left() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        let other = house.patient("+79160000002").await;
        let before = tell(&house, &patient, Kind::DocumentAdded).await.to_string();
        house.app.ambient.advance(chrono::TimeDelta::seconds(30));
        let mut stream = Listener::to(&house, &patient, None).await;
        tell(&house, &other, Kind::DocumentAdded).await;
        let began = Instant::now();
        let first = tell(&house, &patient, Kind::BookingConfirmed).await.to_string();
        assert_eq!(stream.events(1).await, std::slice::from_ref(&first), "{on:?}");
        assert!(began.elapsed() < Duration::from_millis(400), "woken, not polled: {:?}", began.elapsed());
        assert!(stream.text.contains("event: notification\n") && stream.text.contains("\"kind\":\"bookingConfirmed\""));
        let second = tell(&house, &patient, Kind::MessageReceived).await.to_string();
        assert_eq!(stream.events(2).await, [first.clone(), second.clone()]);
        drop(stream);

        let third = tell(&house, &patient, Kind::MessageReceived).await.to_string();
        let mut resumed = Listener::to(&house, &patient, Some(&second)).await;
        let mut events = resumed.events(1).await;
        // What was told in the seconds before may come once more.
        events.retain(|id| *id != first);
        assert_eq!(events, std::slice::from_ref(&third));
        let mut all = Listener::to(&house, &patient, Some(&before)).await;
        assert_eq!(all.events(3).await, [first, second, third], "{on:?}");
        let wrong = house.request(Method::GET, "/v1/events", patient.token()).header("Last-Event-ID", "yesterday");
        house.send(wrong).await.refused(400, "malformed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_look_holds_is_resumed_in_full() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        let first = tell(&house, &patient, Kind::RefundMade).await.to_string();
        let mut told = Vec::new();
        for _ in 0..230 {
            told.push(tell(&house, &patient, Kind::RefundMade).await.to_string());
        }
        let mut stream = Listener::to(&house, &patient, Some(&first)).await;
        assert_eq!(stream.events(230).await, told, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session_and_a_session_has_few() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        let mut streams = Vec::new();
        for _ in 0..3 {
            streams.push(Listener::to(&house, &patient, None).await);
        }
        let second = house.newcomer(PHONE).await;
        let mut others = Listener::to(&house, &second, None).await;
        streams.push(Listener::to(&house, &patient, None).await);
        let oldest = streams.remove(0).end().await;
        assert!(oldest < Duration::from_secs(1), "a fourth one takes the place of the oldest, {on:?}");

        house.delete("/v1/auth/tokens", patient.token()).await.is(204);
        for stream in streams {
            let took = stream.end().await;
            assert!(took < Duration::from_secs(1), "{took:?}");
        }
        let notice = tell(&house, &second, Kind::DocumentAdded).await.to_string();
        assert_eq!(others.events(1).await, [notice], "the other session goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e12_a_freeze_ends_a_stream_within_a_second() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        let stream = Listener::to(&house, &patient, None).await;
        freeze(&house, &patient).await;
        tell(&house, &patient, Kind::DocumentAdded).await;
        let began = Instant::now();
        let mut stream = stream;
        assert_eq!(stream.events(1).await, Vec::<String>::new(), "nothing after the freeze");
        assert!(began.elapsed() < Duration::from_secs(1), "{on:?}: {:?}", began.elapsed());
        house.get("/v1/events", patient.token()).await.refused(403, "frozen");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_lasts_as_long_as_it_was_asked_to() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        let began = Instant::now();
        let answer = house.get("/v1/events?seconds=1", patient.token()).await.is(200);
        assert!(began.elapsed() < Duration::from_secs(3) && answer.bytes.starts_with(b"retry: "), "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_ends_its_streams() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        let stores: &Stores = &house.stores;
        let config = Config {
            data: stores.path("data"),
            keys: stores.path("keys"),
            record_url: Some(stores.record_url.clone()),
            register_url: Some(stores.register_url.clone()),
            ..Config::default()
        };
        let ambient = Ambient::system();
        ambient.advance(house.app.ambient.now() - ambient.now());
        let second = App::open(config, ambient, ROOMS).await.expect("a second node");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let running =
            tokio::spawn(async move { start::run(&second, false, listener, async move { stopped.cancelled().await }).await });
        let asked = house.http.get(format!("{base}/v1/events")).bearer_auth(&patient.token).send().await.expect("an answer");
        let mut stream = Listener { response: asked, text: String::new() };
        // Told by the other node: nobody wakes this one, it looks by itself.
        let notice = tell(&house, &patient, Kind::DocumentAdded).await.to_string();
        assert_eq!(stream.events(1).await, [notice], "{on:?}");
        let began = Instant::now();
        stop.cancel();
        assert!(stream.end().await < Duration::from_secs(1), "{on:?}");
        running.await.expect("no panic").expect("a clean end");
        assert!(began.elapsed() < Duration::from_secs(8), "{on:?}: {:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_stream_gives_a_sign_of_life_every_fifteen_seconds() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        let mut stream = Listener::to(&house, &patient, None).await;
        assert!(stream.hears("retry:").await);
        house.app.ambient.advance(chrono::TimeDelta::seconds(15));
        assert!(stream.hears("\n:\n\n").await, "{on:?}");
        assert!(stream.ids().is_empty(), "it says nothing");
    }
}
