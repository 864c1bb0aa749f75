//! The rooms' APIs, put together into one service, and the stack around it.

use super::http::{self, BodyLimit, Settings, TrustedProxies};
use super::problems::Dressed;
use super::{deletion, health, sandbox, spec};
use crate::app::App;
use crate::clinic;
use crate::kernel::clock::Ambient;
use crate::kernel::error::{Error, Result};
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, Route, get, handler, web::Html};
use poem_openapi::OpenApiService;
use std::sync::Arc;

/// The rooms' APIs, each named once: those of people and their data, and those of care. The framework takes sixteen in one tuple,
/// so each line has a tuple of its own, and a large room has two lines; it knows none of one, so nothing is put beside.
macro_rules! apis {
    ($({ $($room:ident: $($api:ident),+;)+ })+) => {
        type Apis = Dressed<($(($(($(clinic::$room::api::$api,)+ ()),)+)),+)>;
        const APIS: Apis = Dressed(($(($(($(clinic::$room::api::$api,)+ ()),)+)),+));
    };
}

apis! {
    {
        identity: AuthApi, MeApi, ContactsApi, SessionsApi, AttestationsApi, StaffApi, StaffAccountsApi, AccessMatrixApi, PasskeysApi, DeskApi, InsuranceApi, RepresentationsApi, StaffRepresentationsApi;
        support: TicketsApi, ScreenshotsApi, StaffTicketsApi, ReviewApi, FeedbackApi, ModerationApi;
        privacy: PoliciesApi, AcceptancesApi, ConsentsApi, AccessLogApi, ErasureApi, FreezeApi, ExportsApi, HeldRecordsApi, HandOverApi, BreakGlassApi, PolicyVersionsApi, ReceiptsApi, ExtractsApi, ClaimsApi;
        devices: DevicesApi, TelemetryApi;
        notifications: InboxApi, PreferencesApi, EventsApi, CampaignsApi;
        requests: RequestsApi, StaffRequestsApi, DisagreementsApi, LegalHoldsApi;
        sharing: SharesApi, SharedWithMeApi, ReferralsApi, InsurersApi, DisclosuresApi, StaffDisclosuresApi, BlocksApi;
        oversight: OverviewApi, OpeningAlertsApi, AuditorsApi, AuditTrailApi, FindingsApi, BreachesApi, OwnBreachesApi, TrainingsApi;
    }
    {
        billing: ChargesApi, PaymentMethodsApi, RefundsApi, CallbacksApi, ParkedChargesApi;
        scheduling: CatalogueApi, StatisticsApi, ClinicsApi, DoctorsApi, ServicesApi, EquipmentApi, HoursApi, ClosuresApi;
        scheduling: SlotsApi, BookingsApi, SeriesApi, WishesApi, VisitsApi, DiaryApi, WaitingApi, CalendarsApi, BoardApi, InvoicesApi;
        documents: DocumentsApi, PatientDocumentsApi, ScansApi;
        programmes: EnrolmentsApi, ProgrammeOfficeApi;
        contracts: ContractsApi;
        carriers: CarriersApi;
        recordings: RecordingsApi, StaffRecordingsApi;
        consultations: ConversationsApi, StaffConversationsApi;
        reception: PatientsApi, DeskBookingsApi, LeadsApi, MergesApi, NumberClaimsApi, PatientPoliciesApi, CredentialsApi, RecoveryApi, PatientAttestationsApi, PatientWaitingApi;
    }
}

fn service() -> OpenApiService<Apis, ()> {
    OpenApiService::new(APIS, "Feldsher", env!("CARGO_PKG_VERSION"))
        .description("An open telemedicine backend. Conventions, the error catalogue and the push payload: docs/api.md.")
}

/// The contract as it is committed, and as it is served: a test holds it against what the code says. To make it anew at each
/// start would touch the code of every schema, and cost half of the start and a third of the idle memory.
const COMMITTED: &str = include_str!("../../openapi/feldsher.v1.json");

/// The contract, as the code says it.
pub fn contract() -> Result<serde_json::Value> {
    let document = serde_json::from_str(&service().spec()).map_err(|_| Error::internal("the contract is no JSON"))?;
    Ok(spec::contract(document))
}

/// Bytes of a body: small for JSON, what the profile says for the content of a document or a screenshot.
fn body_limit(app: &App) -> BodyLimit {
    let documents = u64::try_from(app.profile.documents.max_bytes).unwrap_or(0);
    let screenshots = u64::try_from(app.profile.support.screenshot_max_bytes).unwrap_or(0);
    let recordings = u64::try_from(app.profile.recordings.max_bytes).unwrap_or(0);
    BodyLimit::with(move |method: &Method, path: &str| {
        let content = method == Method::PUT && path.ends_with("/content");
        match path {
            _ if content && path.starts_with("/v1/documents/") => Some(documents),
            _ if content && path.starts_with("/v1/tickets/") => Some(screenshots),
            _ if content && path.starts_with("/v1/staff/recordings/") => Some(recordings),
            _ => None,
        }
    })
}

/// The server as it is reached from inside: the sandbox's providers call it.
pub fn door(app: &App) -> Result<BoxEndpoint<'static>> {
    Ok(endpoint(app, false)?.boxed())
}

/// The whole server, ready for a listener.
pub fn endpoint(app: &App, is_sandbox: bool) -> Result<impl Endpoint<Output = Response> + 'static> {
    let trusted_proxies = TrustedProxies::parse(&app.config.trusted_proxies)
        .map_err(|error| Error::internal(format!("the configuration: trusted_proxies: {error}")))?;
    let mut route = Route::new()
        .at("/healthz", get(health::alive))
        .at("/readyz", get(health::ready))
        .at("/openapi.json", get(openapi))
        .at("/docs", get(docs_page));
    if is_sandbox {
        route = sandbox::add(route);
    }
    let route = deletion::add(route, service().data(app.clone()).boxed());
    let route = route.nest_no_strip("/", service()).data(app.clone());
    let ambient: Ambient = app.ambient.clone();
    let settings =
        Settings { new_id: Arc::new(move || ambient.id()), trusted_proxies, body_limit: body_limit(app), apps: app.config.apps };
    Ok(http::stack(route, settings))
}

#[handler]
fn openapi() -> impl IntoResponse {
    COMMITTED.with_content_type("application/json")
}

#[handler]
fn docs_page() -> Html<String> {
    Html(spec::docs_page(COMMITTED))
}
