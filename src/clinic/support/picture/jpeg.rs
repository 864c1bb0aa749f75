//! JPEG, segment by segment (ITU T.81, annex B). Kept is what a decoder needs: tables, frames, scans, restarts, a bare
//! JFIF header and Adobe's colour transform. Every other APPn, comments and what follows the end go: thumbnails, the
//! second picture of a telephone, motion, and whatever was appended.

use super::Bare;
use bytes::Bytes;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP14: u8 = 0xee;
/// Of JFIF without its thumbnail; of Adobe's segment.
const JFIF_BYTES: usize = 14;
const ADOBE_BYTES: usize = 12;
const EXIF: &[u8] = b"Exif\0\0";

/// `None`: not a whole JPEG.
pub fn bare(bytes: &[u8]) -> Option<Bare> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut exif = None;
    let mut rest = bytes.strip_prefix(&[0xff, SOI])?;
    kept.extend_from_slice(&[0xff, SOI]);
    loop {
        let (marker, after) = marker(rest)?;
        if marker == EOI {
            kept.extend_from_slice(&[0xff, EOI]);
            return Some(Bare { bytes: kept.into(), exif });
        }
        let length = usize::from(u16::from_be_bytes([*after.first()?, *after.get(1)?]));
        let content = after.get(2..length.max(2))?;
        rest = after.get(length.max(2)..)?;
        if marker == APP1 && exif.is_none() {
            exif = content.strip_prefix(EXIF).map(<[u8]>::to_vec);
        }
        if let Some(content) = kept_of(marker, content) {
            kept.extend_from_slice(&[0xff, marker]);
            kept.extend_from_slice(&u16::try_from(content.len() + 2).ok()?.to_be_bytes());
            kept.extend_from_slice(&content);
        }
        if marker == SOS {
            let end = scan_end(rest)?;
            kept.extend_from_slice(rest.get(..end)?);
            rest = rest.get(end..)?;
        }
    }
}

/// The next marker, after any fill bytes.
fn marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let after = bytes.strip_prefix(&[0xff])?;
    let fill = after.iter().take_while(|byte| **byte == 0xff).count();
    let (marker, rest) = after.get(fill..)?.split_first()?;
    // Markers without content have no place between segments.
    (!matches!(marker, 0x00..=0x01 | 0xd0..=0xd8)).then_some((*marker, rest))
}

/// What stays of a segment's content; none: it goes.
fn kept_of(marker: u8, content: &[u8]) -> Option<Bytes> {
    match marker {
        APP0 => {
            let mut header = content.get(..JFIF_BYTES).filter(|content| content.starts_with(b"JFIF\0"))?.to_vec();
            // The last two bytes are the size of the thumbnail that would follow.
            header.truncate(JFIF_BYTES - 2);
            header.extend_from_slice(&[0, 0]);
            Some(header.into())
        }
        APP14 => content.get(..ADOBE_BYTES).filter(|content| content.starts_with(b"Adobe")).map(Bytes::copy_from_slice),
        // SOFn, DHT, DAC, SOS, DQT, DNL, DRI, DHP, EXP.
        0xc0..=0xcf | SOS..=0xdf => Some(Bytes::copy_from_slice(content)),
        _ => None,
    }
}

/// Where the entropy-coded bytes of a scan end: at a marker that is neither a stuffed zero nor a restart.
fn scan_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}
