//! What a row takes: one option or word of the command line, and where it goes.

/// How the words of the command line are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; `-` reads standard input.
    Text,
    /// Texts: the option stands again for each.
    Many,
    /// Texts, each an object with this one member.
    Objects(&'static str),
    /// `NOTE=VALUE`, each an object of the note that published a value and the value.
    Published,
    /// `NAME=VALUE`, together an object with these members.
    Members,
    /// A whole number.
    Number,
    /// A moment, RFC 3339; sent as milliseconds.
    Time,
    /// `yes` or `no`.
    YesNo,
    /// True where the option stands.
    Flag,
    /// JSON; `@FILE` reads a file, `-` standard input.
    Json,
    /// A file whose text is sent; `-` is standard input.
    TextFile,
    /// A file with a secret, without its line end; `-` is standard input.
    Secret,
}

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the body.
    Body,
    /// Into the query; several with commas between them.
    Query,
    /// Into a header of the request.
    Header,
}

/// One thing that a row takes.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the API; `note/text` is `text` within `note`.
    pub name: &'static str,
    pub kind: Kind,
    pub place: Place,
    /// What stands for it in the help.
    pub value_name: &'static str,
    pub help: &'static str,
    pub required: bool,
    /// Whether it is a word at its place instead of an option.
    pub positional: bool,
    /// Sent where nothing is said.
    pub default: Option<&'static str>,
    /// The option's name, where it is not made from the field's.
    flag: &'static str,
}

const fn field(kind: Kind, name: &'static str, value_name: &'static str, help: &'static str) -> Field {
    Field {
        name,
        kind,
        place: Place::Body,
        value_name,
        help,
        required: true,
        positional: false,
        default: None,
        flag: "",
    }
}

/// Words that a person reads.
pub const fn words(name: &'static str, help: &'static str) -> Field {
    field(Kind::Text, name, "WORDS", help)
}

/// A text of a kind.
pub const fn text(name: &'static str, value_name: &'static str, help: &'static str) -> Field {
    field(Kind::Text, name, value_name, help)
}

/// Texts of a kind, none where nothing is said.
pub const fn many(name: &'static str, value_name: &'static str, help: &'static str) -> Field {
    field(Kind::Many, name, value_name, help).optional()
}

/// A moment.
pub const fn time(name: &'static str, help: &'static str) -> Field {
    field(Kind::Time, name, "TIME", help)
}

/// A number.
pub const fn number(name: &'static str, help: &'static str) -> Field {
    field(Kind::Number, name, "N", help)
}

/// `yes` or `no`.
pub const fn yes_no(name: &'static str, help: &'static str) -> Field {
    field(Kind::YesNo, name, "YES|NO", help)
}

/// True where it stands.
pub const fn flag(name: &'static str, help: &'static str) -> Field {
    field(Kind::Flag, name, "", help).optional()
}

/// JSON.
pub const fn json(name: &'static str, help: &'static str) -> Field {
    field(Kind::Json, name, "JSON", help)
}

/// The text of a file.
pub const fn text_file(name: &'static str, help: &'static str) -> Field {
    field(Kind::TextFile, name, "FILE", help)
}

/// A secret out of a file.
pub const fn secret(name: &'static str, option: &'static str, help: &'static str) -> Field {
    field(Kind::Secret, name, "FILE", help).option(option)
}

/// Values, each an object with one member.
pub const fn objects(
    name: &'static str,
    member: &'static str,
    value_name: &'static str,
    help: &'static str,
) -> Field {
    field(Kind::Objects(member), name, value_name, help)
}

/// Values with the notes that published them.
pub const fn published(name: &'static str, help: &'static str) -> Field {
    field(Kind::Published, name, "NOTE=VALUE", help)
}

/// Values by their names, none where nothing is said.
pub const fn members(name: &'static str, help: &'static str) -> Field {
    field(Kind::Members, name, "NAME=VALUE", help).optional()
}

impl Field {
    pub const fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// Needed; for the kinds that otherwise may be absent.
    pub const fn needed(mut self) -> Self {
        self.required = true;
        self
    }

    /// A word at its place.
    pub const fn at_its_place(mut self) -> Self {
        self.positional = true;
        self
    }

    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    pub const fn option(mut self, name: &'static str) -> Self {
        self.flag = name;
        self
    }

    pub const fn in_query(mut self) -> Self {
        self.place = Place::Query;
        self.required = false;
        self
    }

    pub const fn in_header(mut self) -> Self {
        self.place = Place::Header;
        self.required = false;
        self
    }

    /// Its id among the arguments.
    pub fn id(&self) -> String {
        format!("field: {}", self.name)
    }

    /// The option's name: the last word of the field's, one of several in the singular, a moment without its unit.
    pub fn option_name(&self) -> String {
        if !self.flag.is_empty() {
            return self.flag.to_owned();
        }
        let last = self.name.rsplit('/').next().unwrap_or(self.name);
        let last = last.strip_suffix("_ms").unwrap_or(last);
        let several = matches!(
            self.kind,
            Kind::Many | Kind::Objects(_) | Kind::Published | Kind::Members
        );
        let one = match (several, last.strip_suffix("ies"), last.strip_suffix('s')) {
            (true, Some(stem), _) => format!("{stem}y"),
            (true, None, Some(stem)) => stem.to_owned(),
            _ => last.to_owned(),
        };
        one.replace('_', "-")
    }
}
