//! What the server knows of a request beyond its contents. Operations may take each of these as an argument.

use crate::kernel::lang::Lang;
use poem::http::header::ACCEPT_LANGUAGE;
use poem::{FromRequest, Request, RequestBody, Result};
use std::net::IpAddr;
use uuid::Uuid;

/// The id under which the log knows a request, put into its extensions by the server. Never taken from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// The address of the client, seen through the proxies that the configuration trusts. Personal data: not for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

/// The language that the caller asked for by `Accept-Language`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedLang(pub Lang);

impl AskedLang {
    pub fn of(request: &Request) -> AskedLang {
        AskedLang(request.header(ACCEPT_LANGUAGE).map(Lang::parse).unwrap_or_default())
    }
}

impl<'a> FromRequest<'a> for AskedLang {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(AskedLang::of(request))
    }
}

impl<'a> FromRequest<'a> for RequestId {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(request.data().copied().unwrap_or(RequestId(Uuid::nil())))
    }
}

impl<'a> FromRequest<'a> for ClientAddr {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(request.data().copied().unwrap_or(ClientAddr(IpAddr::from([0, 0, 0, 0]))))
    }
}
