//! What a page holds: its forms with every field, and its links.

use crate::client::{attribute, unescape};

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Hidden,
    /// Words: one line or several.
    Text,
    Moment,
    Day,
    Password,
    Select,
    Radio,
    Tick,
    File,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// What stands in it, what is chosen or ticked.
    pub values: Vec<String>,
    /// What can be chosen.
    pub options: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Found {
    pub action: String,
    pub multipart: bool,
    pub fields: Vec<Field>,
    /// The buttons that say which of several things is done, and what they say.
    pub buttons: Vec<(String, String)>,
}

impl Found {
    /// The names of the fields that take words.
    pub fn texts(&self) -> Vec<&str> {
        let texts = self.fields.iter().filter(|field| field.kind == Kind::Text);
        texts.map(|field| field.name.as_str()).collect()
    }

    /// Whether it confirms what the page before showed.
    pub fn confirms(&self) -> bool {
        self.fields
            .iter()
            .any(|field| field.name == "commitment" && field.kind == Kind::Hidden)
            && self.buttons.is_empty()
    }

    fn field(&mut self, name: String, kind: Kind) -> &mut Field {
        let known = self.fields.iter().position(|field| {
            field.name == name && field.kind == kind && matches!(kind, Kind::Radio | Kind::Tick)
        });
        let at = known.unwrap_or_else(|| {
            self.fields.push(Field {
                name,
                kind,
                values: Vec::new(),
                options: Vec::new(),
            });
            self.fields.len() - 1
        });
        &mut self.fields[at]
    }

    fn read(&mut self, inner: &str) {
        for piece in inner.split('<').skip(1) {
            let (tag, after) = piece.split_once('>').unwrap_or((piece, ""));
            let name = attribute(tag, "name").unwrap_or_default();
            let value = attribute(tag, "value").unwrap_or_default();
            if tag.starts_with("select ") {
                self.field(name, Kind::Select);
            } else if tag.starts_with("option ") {
                let select = self.fields.last_mut().expect("an option in a select");
                if tag.ends_with(" selected") {
                    select.values.push(value.clone());
                }
                select.options.push(value);
            } else if tag.starts_with("textarea") {
                let text = unescape(after.strip_prefix('\n').unwrap_or(after));
                self.field(name, Kind::Text).values.push(text);
            } else if tag.starts_with("button") && !name.is_empty() && !tag.contains(" disabled") {
                self.buttons.push((name, value));
            } else if tag.starts_with("input ") {
                let kind = match attribute(tag, "type").unwrap_or_default().as_str() {
                    "hidden" => Kind::Hidden,
                    "datetime-local" => Kind::Moment,
                    "date" => Kind::Day,
                    "password" => Kind::Password,
                    "radio" => Kind::Radio,
                    "checkbox" => Kind::Tick,
                    "file" => Kind::File,
                    _ => Kind::Text,
                };
                let field = self.field(name, kind);
                match kind {
                    Kind::Radio | Kind::Tick => {
                        if tag.contains(" checked") {
                            field.values.push(value.clone());
                        }
                        field.options.push(value);
                    }
                    _ => field.values.push(value),
                }
            }
        }
    }
}

/// The forms of a page that change something.
pub fn forms(html: &str) -> Vec<Found> {
    let mut all = Vec::new();
    for piece in html.split("<form method=\"post\" action=\"").skip(1) {
        let (action, rest) = piece.split_once('"').expect("an address ends");
        let (head, inner) = rest.split_once('>').expect("a tag ends");
        let (inner, _) = inner.split_once("</form>").expect("a form ends");
        let mut found = Found {
            action: unescape(action),
            multipart: head.contains("multipart"),
            fields: Vec::new(),
            buttons: Vec::new(),
        };
        found.read(inner);
        all.push(found);
    }
    all
}

/// The links of a page to other pages of this node.
pub fn links(html: &str) -> Vec<String> {
    html.split(" href=\"")
        .skip(1)
        .filter_map(|piece| piece.split('"').next())
        .filter(|href| href.starts_with('/') && !href.starts_with("/assets/"))
        .map(|href| unescape(href).split('#').next().expect("a path").to_owned())
        .collect()
}

/// An address with every id taken out: what is the same page of another thing.
pub fn pattern(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let id = |part: &str| part.len() >= 32 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mut before = "";
    let part = |part| {
        let name = before == "feeds" && part != "new";
        before = part;
        if name || id(part) || number(part) {
            "{}"
        } else {
            part
        }
    };
    let parts: Vec<&str> = path.split('/').map(part).collect();
    let mut names: Vec<&str> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .collect();
    names.retain(|name| !name.is_empty() && !matches!(*name, "done" | "note"));
    if names.is_empty() {
        parts.join("/")
    } else {
        format!("{}?{}", parts.join("/"), names.join("&"))
    }
}
