//! Problems for what the framework refuses by itself. It turns its typed errors into plain text before any outer layer sees
//! them, so they are caught here, at each operation.

use crate::app::wire::schema::Checker;
use crate::app::wire::{Failure, Problem, RequestId, answer};
use crate::kernel::error::{Code, Error, Fault, FieldFault};
use crate::kernel::lang::Lang;
use poem::endpoint::{BoxEndpoint, make_sync};
use poem::error::{MethodNotAllowedError, NotFoundError, ParsePathError as RoutePathError};
use poem::http::{HeaderValue, Method, StatusCode, Uri, header};
use poem::{Endpoint, EndpointExt, Request, Response};
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError, ParseRequestPayloadError,
};
use poem_openapi::registry::{MetaApi, MetaOperationParam, MetaParamIn, MetaPath, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, OpenApi};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// An API whose every failure is a problem, with its paths merged: two rooms may serve one path by different methods.
pub struct Dressed<T>(pub T);

/// The route that a request met, kept with the answer for the log and the metrics.
#[derive(Debug, Clone)]
pub struct Matched(Arc<Route>);

#[derive(Debug)]
struct Route {
    template: String,
    operation: &'static str,
}

impl Matched {
    fn new(template: &str, operation: &'static str) -> Matched {
        Matched(Arc::new(Route { template: template.to_owned(), operation }))
    }

    /// The pattern of the path, for example `/v1/bookings/{id}`.
    pub fn template(&self) -> &str {
        &self.0.template
    }

    /// The operation id, or `-` when the method isn't served.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }
}

type Methods = HashMap<Method, BoxEndpoint<'static>>;

impl<T: OpenApi> OpenApi for Dressed<T> {
    fn meta() -> Vec<MetaApi> {
        let mut merged: Vec<MetaPath> = Vec::new();
        for path in T::meta().into_iter().flat_map(|api| api.paths) {
            match merged.iter_mut().find(|known| known.path == path.path) {
                Some(known) => known.operations.extend(path.operations),
                None => merged.push(path),
            }
        }
        for operation in merged.iter_mut().flat_map(|path| &mut path.operations) {
            let responses = &mut operation.responses.responses;
            if !responses.iter().any(|response| response.status_range.is_some()) {
                responses.extend(Failure::meta().responses);
            }
        }
        vec![MetaApi { paths: merged }]
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
        T::register(registry);
    }

    fn add_routes(self, table: &mut HashMap<String, Methods>) {
        let mut bare = HashMap::new();
        self.0.add_routes(&mut bare);
        let mut registry = Registry::new();
        T::register(&mut registry);
        let checker = Arc::new(Checker::new(String::schema_ref(), registry));
        for path in Self::meta().into_iter().flat_map(|api| api.paths) {
            let key = route_key(&path.path);
            let Some(mut endpoints) = bare.remove(&key) else { continue };
            let mut methods = Methods::new();
            for operation in path.operations {
                let Some(inner) = endpoints.remove(&operation.method) else { continue };
                let matched = Matched::new(&path.path, operation.operation_id.unwrap_or("-"));
                let dressed = Operation { inner, matched, params: operation.params, checker: checker.clone() };
                methods.insert(operation.method, dressed.boxed());
            }
            // Operations that the contract hides are served all the same.
            methods.extend(endpoints);
            refuse_others(&mut methods, &path.path);
            table.entry(key).or_default().extend(methods);
        }
        table.extend(bare);
    }
}

/// The framework's name for a path: it numbers the parameters.
fn route_key(template: &str) -> String {
    let mut count = 0;
    let segment = |segment: &str| {
        if !segment.starts_with('{') {
            return segment.to_owned();
        }
        count += 1;
        format!(":param{}", count - 1)
    };
    template.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Answers every method that a path doesn't serve by 405 with `Allow`, which the framework leaves out.
fn refuse_others(methods: &mut Methods, template: &str) {
    let mut names: Vec<_> = methods.keys().map(Method::to_string).collect();
    if methods.contains_key(&Method::GET) {
        names.push(Method::HEAD.to_string());
    }
    names.sort();
    names.dedup();
    let Ok(allow) = HeaderValue::try_from(names.join(", ")) else { return };
    let matched = Matched::new(template, "-");
    let all =
        [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::CONNECT, Method::TRACE];
    for method in all {
        let (allow, matched) = (allow.clone(), matched.clone());
        let refusal = make_sync(move |_| {
            let mut response =
                Response::builder().status(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow.clone()).finish();
            response.set_data(matched.clone());
            response
        });
        methods.entry(method).or_insert_with(|| refusal.boxed());
    }
}

struct Operation {
    inner: BoxEndpoint<'static>,
    matched: Matched,
    params: Vec<MetaOperationParam>,
    checker: Arc<Checker>,
}

impl Endpoint for Operation {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let asked = Asked::of(&request);
        let mut response = match self.inner.call(request).await {
            Ok(response) => response,
            Err(error) => answer(&self.explain(error, &asked.uri), asked.lang(), asked.id),
        };
        response.set_data(self.matched.clone());
        Ok(response)
    }
}

/// What must outlive the request for its failure to be dressed. Cheap to copy; the language is read only when needed.
struct Asked {
    uri: Uri,
    language: Option<HeaderValue>,
    id: RequestId,
}

impl Asked {
    fn of(request: &Request) -> Asked {
        Asked {
            uri: request.original_uri().clone(),
            language: request.headers().get(header::ACCEPT_LANGUAGE).cloned(),
            id: request.data().copied().unwrap_or(RequestId(Uuid::nil())),
        }
    }

    fn lang(&self) -> Lang {
        self.language.as_ref().and_then(|value| value.to_str().ok()).map(Lang::parse).unwrap_or_default()
    }
}

impl Operation {
    /// What an error of the framework means in our words. Its own words quote the client, so they go nowhere.
    fn explain(&self, error: poem::Error, uri: &Uri) -> Error {
        let error = match error.downcast::<Failure>() {
            Ok(Failure(error)) => return error,
            Err(error) => error,
        };
        if let Some(ParseParamError { name, .. }) = error.downcast_ref() {
            return self.parameter(name, uri);
        }
        let code = if error.is::<ParsePathError>() || error.is::<RoutePathError>() || error.is::<NotFoundError>() {
            Code::NotFound
        } else if error.is::<ContentTypeError>() {
            Code::UnsupportedMediaType
        } else if error.is::<AuthorizationError>() {
            Code::Unauthenticated
        } else if error.is::<MethodNotAllowedError>() {
            Code::MethodNotAllowed
        } else if error.is::<ParseRequestPayloadError>() || error.is::<ParseMultipartError>() {
            Code::Malformed
        } else {
            code_for(error.status())
        };
        match code {
            Code::Internal => Error::Internal(error.to_string()),
            Code::Unavailable => Error::Unavailable("the framework can't serve"),
            code => Error::refused(code),
        }
    }

    /// Names every faulty query parameter, for the framework stops at the first.
    fn parameter(&self, name: &str, uri: &Uri) -> Error {
        // What can't be an id names nothing, as an id of the right form may.
        if self.params.iter().any(|param| param.in_type == MetaParamIn::Path && param.name == name) {
            return Error::not_found();
        }
        if name.eq_ignore_ascii_case("idempotency-key") {
            return Error::refused(Code::IdempotencyKeyRequired);
        }
        let query: Vec<(String, String)> = Request::builder().uri(uri.clone()).finish().params().unwrap_or_default();
        let mut faults: Vec<_> = self
            .params
            .iter()
            .filter(|param| param.in_type == MetaParamIn::Query)
            .flat_map(|param| self.faults(param, &query))
            .collect();
        let in_query = self.params.iter().any(|param| param.in_type == MetaParamIn::Query && param.name == name);
        if faults.is_empty() && in_query {
            faults.push(FieldFault { pointer: format!("?{name}"), fault: Fault::BadFormat });
        }
        if faults.is_empty() { Error::refused(Code::Malformed) } else { Error::fields(faults) }
    }

    fn faults(&self, param: &MetaOperationParam, query: &[(String, String)]) -> Option<FieldFault> {
        let mut values = query.iter().filter(|(name, _)| *name == param.name).map(|(_, value)| value).peekable();
        let fault = match (values.peek(), param.required) {
            (None, true) => Some(Fault::Required),
            _ => values.find_map(|value| self.checker.check_text(&param.schema, value)),
        };
        fault.map(|fault| FieldFault { pointer: format!("?{}", param.name), fault })
    }
}

/// The code for a status that came without one.
pub fn code_for(status: StatusCode) -> Code {
    match status.as_u16() {
        401 => Code::Unauthenticated,
        403 => Code::Forbidden,
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        406 => Code::NotAcceptable,
        409 => Code::StateConflict,
        412 => Code::PreconditionFailed,
        413 => Code::TooLarge,
        414 => Code::UriTooLong,
        415 => Code::UnsupportedMediaType,
        416 => Code::RangeNotSatisfiable,
        429 => Code::RateLimited,
        431 => Code::HeadersTooLarge,
        503 => Code::Unavailable,
        400..=499 => Code::Malformed,
        _ => Code::Internal,
    }
}
