//! PNG and WebP, taken apart chunk by chunk. Kept is what a list names; everything else goes, known or not: texts, times,
//! EXIF, XMP, colour profiles (which may be bombs, and carry names of devices), further frames, and what follows the end.

use super::Bare;
use bytes::Bytes;
use img_parts::png::{Png, PngChunk};
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::{CHUNK_ALPH, CHUNK_ANIM, CHUNK_ANMF, CHUNK_EXIF, CHUNK_VP8, CHUNK_VP8L, CHUNK_VP8X, WebP};

/// More chunks than this is no picture; an encoder that writes IDAT by 8 KiB stays far below it.
const MAX_CHUNKS: usize = 20_000;

const PNG_KEPT: [[u8; 4]; 12] =
    [*b"IHDR", *b"PLTE", *b"IDAT", *b"IEND", *b"tRNS", *b"gAMA", *b"cHRM", *b"sRGB", *b"sBIT", *b"bKGD", *b"pHYs", *b"cICP"];
/// Of the flags of VP8X only the one that says that there is transparency outlives its chunks.
const VP8X_ALPHA: u8 = 0x10;
const VP8X_BYTES: usize = 10;

pub fn png(bytes: Bytes) -> Option<Bare> {
    let mut png = Png::from_bytes(bytes).ok()?;
    if png.chunks().len() > MAX_CHUNKS || png.chunks().last()?.kind() != *b"IEND" {
        return None;
    }
    let exif = png.chunk_by_type(*b"eXIf").map(|chunk| chunk.contents().to_vec());
    png.chunks_mut().retain(|chunk: &PngChunk| PNG_KEPT.contains(&chunk.kind()));
    Some(Bare { bytes: png.encoder().bytes(), exif })
}

pub fn webp(bytes: Bytes) -> Option<Bare> {
    let webp = WebP::from_bytes(bytes).ok()?;
    if webp.chunks().len() > MAX_CHUNKS || webp.has_chunk(CHUNK_ANIM) || webp.has_chunk(CHUNK_ANMF) {
        return None;
    }
    let exif = webp.chunk_by_id(CHUNK_EXIF).and_then(|chunk| chunk.content().data()).map(|exif| {
        // Some encoders put the prefix of a JPEG segment before the block.
        exif.strip_prefix(b"Exif\0\0").unwrap_or(exif).to_vec()
    });
    let mut kept = Vec::new();
    for chunk in webp.chunks() {
        match chunk.id() {
            CHUNK_VP8 | CHUNK_VP8L | CHUNK_ALPH => kept.push(chunk.clone()),
            CHUNK_VP8X => kept.push(without_flags(chunk)?),
            _ => {}
        }
    }
    let bare = WebP::new(RiffChunk::new(*b"RIFF", RiffContent::List { kind: Some(*b"WEBP"), subchunks: kept })).ok()?;
    if !is_of_one_size(&bare) {
        return None;
    }
    Some(Bare { bytes: bare.encoder().bytes(), exif })
}

fn without_flags(vp8x: &RiffChunk) -> Option<RiffChunk> {
    let data = vp8x.content().data().filter(|data| data.len() == VP8X_BYTES)?;
    let mut data = data.to_vec();
    *data.first_mut()? &= VP8X_ALPHA;
    Some(RiffChunk::new(CHUNK_VP8X, RiffContent::Data(data.into())))
}

/// The canvas is as large as the picture on it: a small canvas must not lead to a decoder that allocates for a huge frame.
fn is_of_one_size(webp: &WebP) -> bool {
    let mut frame = webp.clone();
    frame.remove_chunks_by_id(CHUNK_VP8X);
    webp.dimensions().is_some() && webp.dimensions() == frame.dimensions()
}
