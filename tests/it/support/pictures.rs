//! Pictures as telephones and attackers make them: pixels by the image library, everything around them by hand.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};
use sha2::{Digest, Sha256};
use std::io::Cursor;

/// Stands in every piece of metadata, and may be found nowhere afterwards.
pub const MARKER: &str = "GPS-43.2567-76.9286-iPhone";

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A picture in which no two neighbouring pixels are equal.
pub fn drawing(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7 + 3) as u8, (y * 11 + 5) as u8, ((x ^ y) * 13 + 1) as u8]))
}

fn written(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(drawing(width, height)).write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    written(width, height, ImageFormat::Png)
}

pub fn webp(width: u32, height: u32) -> Vec<u8> {
    written(width, height, ImageFormat::WebP)
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    drawing(width, height).write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 95)).expect("a picture");
    bytes
}

/// Grey pixels whose values are `text`, row by row and not compressed, so that the text stands in the file.
pub fn png_of_text(text: &str) -> Vec<u8> {
    let (width, rows) = (u32::try_from(text.len()).expect("a width"), text.repeat(8));
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Uncompressed, FilterType::NoFilter);
    encoder.write_image(rows.as_bytes(), width, 8, ExtendedColorType::L8).expect("a picture");
    bytes
}

/// The pixels of a picture of any kind, as they lie in the file.
pub fn pixels(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).expect("a picture").to_rgb8()
}

/// An EXIF block with an orientation, a GPS text and the thumbnail's offset.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    block.extend_from_slice(MARKER.as_bytes());
    block
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

pub fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [kind.as_slice(), content].concat();
    [&u32::try_from(content.len()).expect("a length").to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// The PNG with `chunks` behind its header.
pub fn with_chunks(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    let after_header = 8 + 25;
    [&png[..after_header], &chunks.concat(), &png[after_header..]].concat()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    [&[0xff, marker][..], &u16::try_from(content.len() + 2).expect("a length").to_be_bytes(), content].concat()
}

/// A PNG with all that is known to hold words about people.
pub fn full_png(width: u32, height: u32) -> Vec<u8> {
    let text = [b"Comment\0".as_slice(), MARKER.as_bytes()].concat();
    let itext = [b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), MARKER.as_bytes()].concat();
    let chunks = [chunk(b"tEXt", &text), chunk(b"iTXt", &itext), chunk(b"eXIf", &exif(1)), chunk(b"prIv", MARKER.as_bytes())];
    let mut png = with_chunks(&png(width, height), &chunks);
    let time = chunk(b"tIME", &[7, 234, 1, 2, 3, 4, 5]);
    let end = png.len() - 12;
    png.splice(end..end, time);
    [png, MARKER.as_bytes().to_vec()].concat()
}

/// A JPEG with EXIF, XMP, IPTC, a maker's segment, a comment, a thumbnail in its JFIF header, and a second picture behind.
pub fn full_jpeg(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let jpeg = jpeg(width, height);
    let prefixed = |prefix: &[u8]| [prefix, MARKER.as_bytes()].concat();
    let thumbnail = [b"JFIF\0\x01\x02\0\0\x01\0\x01\x03\x03".as_slice(), MARKER.as_bytes()].concat();
    let segments = [
        segment(0xe0, &thumbnail),
        segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(orientation)].concat()),
        segment(0xe1, &prefixed(b"http://ns.adobe.com/xap/1.0/\0")),
        segment(0xe2, &prefixed(b"ICC_PROFILE\0\x01\x01")),
        segment(0xed, &prefixed(b"Photoshop 3.0\0")),
        segment(0xe7, &prefixed(b"MakerNote")),
        segment(0xfe, MARKER.as_bytes()),
    ];
    // The encoder's own JFIF header goes for ours.
    let own = 4 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]])) - 2 + 2;
    [&jpeg[..2], &segments.concat(), &jpeg[own..], &self::jpeg(8, 8), MARKER.as_bytes()].concat()
}

/// A WebP with a canvas, a colour profile, EXIF and XMP.
pub fn full_webp(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let webp = webp(width, height);
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let vp8x = [vec![0x20 | 0x08 | 0x04, 0, 0, 0], side(width), side(height)].concat();
    let body = [
        b"WEBP".to_vec(),
        riff(b"VP8X", &vp8x),
        riff(b"ICCP", MARKER.as_bytes()),
        webp[12..].to_vec(),
        riff(b"EXIF", &exif(orientation)),
        riff(b"XMP ", MARKER.as_bytes()),
        riff(b"prIv", MARKER.as_bytes()),
    ]
    .concat();
    [riff(b"RIFF", &body), MARKER.as_bytes().to_vec()].concat()
}

fn riff(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let padding = vec![0; content.len() % 2];
    [kind.as_slice(), &u32::try_from(content.len()).expect("a length").to_le_bytes(), content, &padding].concat()
}
