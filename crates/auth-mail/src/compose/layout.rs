//! How mails look: one layout as text, one as HTML.

use super::{Button, Template};

/// Paragraphs, the link on a line of its own, and a signature (RFC 3676, 4.3).
pub(super) fn text(letter: &Template, service: &str, home: &str) -> String {
    let mut blocks = letter.opening.clone();
    blocks.push(format!("{}:\n{}", letter.button.label, letter.button.url));
    blocks.extend_from_slice(&letter.closing);
    format!("{}\n\n-- \n{service}\n{home}\n", blocks.join("\n\n"))
}

/// One column that any client can show, without images, scripts or style sheets. It sets
/// no background of its own, so it follows the reader's light or dark theme.
pub(super) fn html(letter: &Template, service: &str, home: &str) -> String {
    let title = escape(&letter.subject);
    let opening = paragraphs(&letter.opening);
    let button = button(&letter.button);
    let closing = paragraphs(&letter.closing);
    let (service, home) = (escape(service), escape(home));
    format!(
        "<!doctype html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n\
         </head>\n\
         <body style=\"margin:0;padding:32px 16px;\
         font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">\n\
         <div style=\"max-width:32em;margin:0 auto\">\n\
         <h1 style=\"margin:0 0 24px;font-size:22px;line-height:1.3\">{title}</h1>\n\
         {opening}{button}{closing}\
         <p style=\"margin:32px 0 0;padding-top:16px;border-top:1px solid #8884;\
         font-size:14px\"><a href=\"{home}\" style=\"color:inherit\">{service}</a></p>\n\
         </div>\n\
         </body>\n\
         </html>\n"
    )
}

fn paragraphs(texts: &[String]) -> String {
    let paragraph = |text: &String| format!("<p style=\"margin:0 0 16px\">{}</p>\n", escape(text));
    texts.iter().map(paragraph).collect()
}

/// The button, and its address for clients that show no buttons.
fn button(button: &Button) -> String {
    let (label, url) = (escape(&button.label), escape(&button.url));
    format!(
        "<p style=\"margin:24px 0\"><a href=\"{url}\" style=\"display:inline-block;\
         padding:12px 20px;border-radius:8px;background:#1d4ed8;color:#ffffff;\
         font-weight:600;text-decoration:none\">{label}</a></p>\n\
         <p style=\"margin:0 0 24px;font-size:14px;word-break:break-all\">\
         <a href=\"{url}\" style=\"color:inherit\">{url}</a></p>\n"
    )
}

/// Makes text harmless in HTML content and quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_leaves_no_way_out_of_an_attribute() {
        assert_eq!(escape("a\"b'c<d>&e"), "a&quot;b&#39;c&lt;d&gt;&amp;e");
    }
}
