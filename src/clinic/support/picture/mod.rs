//! Pictures that strangers send. What a file is, its content says. It is taken apart by its own container first, and only
//! what a decoder needs for its pixels is put together again; then it is decoded once, under limits, to see that it is what
//! it says. Decoding happens off the async threads and twice at a time at most, so that a crowd can't take the memory.

mod container;
mod jpeg;
mod redact;

pub use redact::{Region, Served, check_regions};

use crate::kernel::error::{Code, Error, Fault, FieldFault, Refusal, Result};
use bytes::Bytes;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use tokio::sync::Semaphore;

/// 40 megapixels: the largest sensors of telephones, and far more than a screen.
pub const MAX_PIXELS: u64 = 40_000_000;
const MAX_SIDE: u32 = 20_000;
/// What one decoder may allocate: 40 megapixels in four bytes each, and its own tables.
const MAX_DECODED_BYTES: u64 = 192 * 1024 * 1024;
/// Pictures decoded at once on this node.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The kinds that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "image/png")]
    Png,
    #[serde(rename = "image/jpeg")]
    Jpeg,
    #[serde(rename = "image/webp")]
    Webp,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Png, Kind::Jpeg, Kind::Webp];

    pub const fn media_type(self) -> &'static str {
        match self {
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Webp => "image/webp",
        }
    }

    pub const fn file_name(self) -> &'static str {
        match self {
            Kind::Png => "screenshot.png",
            Kind::Jpeg => "screenshot.jpg",
            Kind::Webp => "screenshot.webp",
        }
    }

    /// The kind that a sender declares.
    ///
    /// # Errors
    /// `unsupported_media_type` with the hint to send JPEG, for what telephones take by default; `invalid` for the rest.
    pub fn declared(media_type: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|kind| kind.media_type() == media_type);
        known.ok_or_else(|| match media_type {
            "image/heic" | "image/heif" | "image/heic-sequence" | "image/heif-sequence" | "image/avif" => send_as_jpeg(),
            _ => Error::field("/mediaType", Fault::UnknownValue),
        })
    }

    const fn format(self) -> ImageFormat {
        match self {
            Kind::Png => ImageFormat::Png,
            Kind::Jpeg => ImageFormat::Jpeg,
            Kind::Webp => ImageFormat::WebP,
        }
    }
}

fn send_as_jpeg() -> Error {
    Error::Refused(Box::new(Refusal {
        fields: vec![FieldFault { pointer: "/mediaType".to_owned(), fault: Fault::SendAsJpeg }],
        ..Refusal::new(Code::UnsupportedMediaType)
    }))
}

/// A picture without anything but its pixels, and how it is to be turned before it is shown.
#[derive(Debug)]
pub struct Accepted {
    pub bytes: Bytes,
    pub shape: Shape,
}

/// How a picture is shown: turned by its EXIF orientation (1 to 8), so wide and so high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub orientation: u8,
    pub width: u32,
    pub height: u32,
}

/// Takes the metadata out and checks what is left. The pixels stay bit by bit as they were sent.
///
/// # Errors
/// `content_not_as_declared` for anything but a whole still picture of `kind`; `unsupported_media_type` for the formats of
/// telephones that are not taken; `too_large` for one of too many pixels, which is not decoded.
pub async fn accept(bytes: Bytes, kind: Kind) -> Result<Accepted> {
    let turn = AT_ONCE.acquire().await.map_err(|_| Error::Unavailable("pictures"))?;
    let accepted = tokio::task::spawn_blocking(move || accept_now(bytes, kind)).await;
    drop(turn);
    // A decoder that panics has met a file that is no picture.
    accepted.unwrap_or_else(|_| Err(not_as_declared()))
}

/// A copy with `regions` blacked out and the picture upright. None of the original's bytes are in it.
///
/// # Errors
/// `Internal` when the picture, which was accepted once, does not decode.
pub async fn redacted(bytes: Bytes, kind: Kind, shape: Shape, regions: Vec<Region>) -> Result<Served> {
    let turn = AT_ONCE.acquire().await.map_err(|_| Error::Unavailable("pictures"))?;
    let made = tokio::task::spawn_blocking(move || redact::copy(decode(&bytes, kind)?, kind, shape, &regions)).await;
    drop(turn);
    let broken = || Error::internal("a stored picture does not decode");
    made.map_err(|_| broken())?.map_err(|error| if let Error::Internal(_) = error { error } else { broken() })
}

fn accept_now(bytes: Bytes, kind: Kind) -> Result<Accepted> {
    match infer::get(&bytes).map(|found| found.mime_type()) {
        Some("image/heif" | "image/heic" | "image/avif") => return Err(send_as_jpeg()),
        Some(found) if found == kind.media_type() => {}
        _ => return Err(not_as_declared()),
    }
    let bare = match kind {
        Kind::Png => container::png(bytes),
        Kind::Webp => container::webp(bytes),
        Kind::Jpeg => jpeg::bare(&bytes),
    };
    let bare = bare.ok_or_else(not_as_declared)?;
    let orientation = bare.exif.as_deref().and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let decoded = decode(&bare.bytes, kind)?;
    let (width, height) = match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (decoded.height(), decoded.width())
        }
        _ => (decoded.width(), decoded.height()),
    };
    Ok(Accepted { bytes: bare.bytes, shape: Shape { orientation: orientation.to_exif(), width, height } })
}

/// What a container held: the picture alone, and the EXIF block that stood beside it.
struct Bare {
    bytes: Bytes,
    exif: Option<Vec<u8>>,
}

/// Reads the size from the header first: a bomb is refused before anything is allocated for its pixels.
fn decode(bytes: &[u8], kind: Kind) -> Result<DynamicImage> {
    let reader = || {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), kind.format());
        let mut limits = Limits::default();
        (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
        limits.max_alloc = Some(MAX_DECODED_BYTES);
        reader.limits(limits);
        reader
    };
    let decoder = reader().into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(Error::refused(Code::TooLarge));
    }
    drop(decoder);
    reader().decode().map_err(refused)
}

fn refused(error: image::ImageError) -> Error {
    match error {
        image::ImageError::Limits(_) => Error::refused(Code::TooLarge),
        _ => not_as_declared(),
    }
}

fn not_as_declared() -> Error {
    Error::refused(Code::ContentNotAsDeclared)
}
