//! QR codes as images.

use qrcode::QrCode;
use qrcode::render::svg::Color;

/// A text as a QR code, black on white whatever is around it; empty when it is too long for
/// one.
pub(crate) fn svg(text: &str) -> String {
    let code = QrCode::new(text.as_bytes());
    let image = code.map(|code| code.render::<Color<'_>>().min_dimensions(200, 200).build());
    image.unwrap_or_default()
}
