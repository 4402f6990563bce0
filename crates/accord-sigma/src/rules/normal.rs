//! A rule's detections in the few forms that are evaluated, each meaning what the Sigma specification says.
//!
//! The evaluator takes more than these forms, and reads some of them otherwise: wildcards beside `startswith` and
//! `endswith`, `windash`, keywords that are numbers or all have to stand, an encoding that nothing encodes. So every item
//! is written anew here as plain text that is equal, contained, or at an end; as a regular expression; or as one of the
//! comparisons that need no rewriting. What has no meaning here is refused with the reason, never left out.
//!
//! The forms are tested against an evaluator that is written for nothing but to be obviously right (`tests/sigma/naive.rs`).

use regex::RegexBuilder;
use rsigma_parser::value::{SpecialChar, StringPart};
use rsigma_parser::{Detection, DetectionItem, FieldSpec, Modifier, SigmaString, SigmaValue};

use crate::limits::{
    LARGE_REGEX_COMPILED_BYTES, MAX_REGEX_BYTES, MAX_REGEX_COMPILED_BYTES, MAX_RULE_LARGE_REGEXES,
    MAX_RULE_REGEXES, MAX_RULE_VALUES,
};

/// What a dash at the start of a parameter may be instead, for programs of Windows (`windash`).
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];
/// Up to so many dashes are written out as plain text; more become a regular expression.
const DASHES_WRITTEN_OUT: usize = 2;

/// A regular expression that every text matches.
const ANYTHING: &str = "(?:)";

/// Rewrites the detections of one rule.
#[derive(Debug, Default)]
pub(crate) struct Normal {
    values: usize,
    regexes: usize,
    large: usize,
}

/// How a plain text stands in the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Whole,
    Anywhere,
    Start,
    End,
}

impl At {
    const ALL: [Self; 4] = [Self::Whole, Self::Anywhere, Self::Start, Self::End];

    const fn modifier(self) -> Option<Modifier> {
        match self {
            Self::Whole => None,
            Self::Anywhere => Some(Modifier::Contains),
            Self::Start => Some(Modifier::StartsWith),
            Self::End => Some(Modifier::EndsWith),
        }
    }
}

/// One value, rewritten.
enum Form {
    Plain(At, SigmaValue),
    Regex(String),
}

/// What the modifiers of an item ask for, those apart that say how a value is compared.
#[derive(Clone, Copy)]
struct Wanted {
    all: bool,
    cased: bool,
    differs: bool,
    windash: bool,
}

impl Normal {
    /// A detection, rewritten.
    ///
    /// # Errors
    /// What of it is not evaluated, and why.
    pub(crate) fn detection(&mut self, detection: &Detection) -> Result<Detection, String> {
        Ok(match detection {
            Detection::AllOf(items) => {
                let parts: Result<Vec<_>, _> = items.iter().map(|item| self.item(item)).collect();
                all_of(parts?)
            }
            Detection::AnyOf(parts) => {
                let parts: Result<Vec<_>, _> = parts.iter().map(|part| self.detection(part)).collect();
                Detection::AnyOf(parts?)
            }
            Detection::And(parts) => {
                let parts: Result<Vec<_>, _> = parts.iter().map(|part| self.detection(part)).collect();
                Detection::And(parts?)
            }
            Detection::Keywords(values) => any_of(self.keywords(values)?),
            Detection::ArrayMatch { field, .. } => {
                return Err(format!(
                    "`{field}[...]`: members of a list are not matched one by one here"
                ));
            }
            Detection::Conditional { .. } => {
                return Err("members of a list are not matched one by one here".to_owned());
            }
        })
    }

    fn item(&mut self, item: &DetectionItem) -> Result<Detection, String> {
        let spec = &item.field;
        let Some(name) = spec.name.as_deref() else {
            return self.keyword_item(item);
        };
        let told = |why: String| format!("`{}`: {why}", key_of(name, &spec.modifiers));
        if item.values.is_empty() {
            return Err(told("an empty list matches nothing".to_owned()));
        }
        self.count(item.values.len()).map_err(told)?;
        let has = |modifier| spec.has_modifier(modifier);
        if has(Modifier::Expand) {
            return Err(told(
                "placeholders (`expand`) need lists of values that are not here".to_owned(),
            ));
        }
        let encoded = has(Modifier::Base64) || has(Modifier::Base64Offset);
        let wide = [Modifier::Wide, Modifier::Utf16, Modifier::Utf16be]
            .into_iter()
            .any(has);
        if wide && !encoded {
            return Err(told(
                "text in UTF-16 is only looked for where it is encoded (`base64`, `base64offset`)".to_owned(),
            ));
        }
        if encoded {
            let plain = |value: &SigmaValue| matches!(value, SigmaValue::String(text) if text.is_plain());
            if !item.values.iter().all(plain) || has(Modifier::WindAsh) {
                return Err(told("what is encoded must be text without wildcards".to_owned()));
            }
            return Ok(Detection::AllOf(vec![item.clone()]));
        }
        if has(Modifier::Re) {
            return self.regexes(item).map_err(told);
        }
        if has(Modifier::Exists) {
            return match item.values.as_slice() {
                [SigmaValue::Bool(_)] => Ok(Detection::AllOf(vec![item.clone()])),
                _ => Err(told("`exists` takes true or false".to_owned())),
            };
        }
        let compared = [
            Modifier::Cidr,
            Modifier::FieldRef,
            Modifier::Gt,
            Modifier::Gte,
            Modifier::Lt,
            Modifier::Lte,
            Modifier::Minute,
            Modifier::Hour,
            Modifier::Day,
            Modifier::Week,
            Modifier::Month,
            Modifier::Year,
        ];
        if compared.into_iter().any(has) {
            return Ok(Detection::AllOf(vec![item.clone()]));
        }
        self.texts(item).map_err(told)
    }

    /// Text, numbers, yes or no, nothing: equal, contained, at an end.
    fn texts(&mut self, item: &DetectionItem) -> Result<Detection, String> {
        let (mut at, mut wanted) = (
            At::Whole,
            Wanted {
                all: false,
                cased: false,
                differs: false,
                windash: false,
            },
        );
        for modifier in &item.field.modifiers {
            let place = match modifier {
                Modifier::Contains => At::Anywhere,
                Modifier::StartsWith => At::Start,
                Modifier::EndsWith => At::End,
                Modifier::All => {
                    wanted.all = true;
                    continue;
                }
                Modifier::Cased => {
                    wanted.cased = true;
                    continue;
                }
                Modifier::Neq => {
                    wanted.differs = true;
                    continue;
                }
                Modifier::WindAsh => {
                    wanted.windash = true;
                    continue;
                }
                _ => return Err("these modifiers do not go together".to_owned()),
            };
            if at != At::Whole {
                return Err("`contains`, `startswith` and `endswith` do not go together".to_owned());
            }
            at = place;
        }
        if wanted.all && wanted.differs {
            return Err("`all` and `neq` do not go together".to_owned());
        }
        if wanted.all && item.values.len() < 2 {
            return Err("`all` needs more than one value".to_owned());
        }
        // With `all`, the forms of one value are alternatives, and each value must hold.
        let mut parts = Vec::new();
        let mut forms = Vec::new();
        for value in &item.values {
            let mut of_value = Vec::new();
            self.forms(value, at, wanted, &mut of_value)?;
            if wanted.all {
                parts.push(grouped(&item.field, of_value, wanted));
            } else {
                forms.append(&mut of_value);
            }
        }
        Ok(if wanted.all {
            all_of(parts)
        } else {
            grouped(&item.field, forms, wanted)
        })
    }

    /// The forms of one value: several where a dash may be another.
    fn forms(
        &mut self,
        value: &SigmaValue,
        at: At,
        wanted: Wanted,
        forms: &mut Vec<Form>,
    ) -> Result<(), String> {
        let text = match (value, at) {
            (SigmaValue::String(text), _) => text.clone(),
            (SigmaValue::Null, At::Whole) | (SigmaValue::Bool(_), At::Whole) => {
                forms.push(Form::Plain(At::Whole, value.clone()));
                return Ok(());
            }
            (SigmaValue::Integer(_) | SigmaValue::Float(_), At::Whole) => {
                forms.push(Form::Plain(At::Whole, value.clone()));
                return Ok(());
            }
            (SigmaValue::Null, _) => return Err("nothing (`null`) has no part".to_owned()),
            (other, _) => SigmaString::from_raw(&other.to_string()),
        };
        let variants = if wanted.windash {
            dashes(&text.parts)
        } else {
            Variants::Plain(vec![text.parts])
        };
        match variants {
            Variants::Plain(variants) => {
                self.count(variants.len())?;
                for parts in variants {
                    let form = self.form(&parts, at, wanted.cased)?;
                    forms.push(form);
                }
            }
            Variants::Regex(pattern) => {
                let anchored = anchored(&pattern, at, !wanted.cased);
                forms.push(Form::Regex(self.regex(&anchored)?));
            }
        }
        Ok(())
    }

    /// One text with wildcards, at its place.
    fn form(&mut self, parts: &[StringPart], at: At, cased: bool) -> Result<Form, String> {
        let many = |part: &StringPart| matches!(part, StringPart::Special(SpecialChar::WildcardMulti));
        let leading = parts.iter().take_while(|part| many(part)).count();
        let inner = parts.get(leading..).unwrap_or_default();
        let trailing = inner.iter().rev().take_while(|part| many(part)).count();
        let inner = inner.get(..inner.len() - trailing).unwrap_or_default();
        let open_before = leading > 0 || matches!(at, At::Anywhere | At::End);
        let open_behind = trailing > 0 || matches!(at, At::Anywhere | At::Start);
        let at = match (open_before, open_behind) {
            (false, false) => At::Whole,
            (true, false) => At::End,
            (false, true) => At::Start,
            (true, true) => At::Anywhere,
        };
        if inner.is_empty() && at != At::Whole {
            return Ok(Form::Regex(self.regex(ANYTHING)?));
        }
        let plain: Option<String> = inner
            .iter()
            .map(|part| match part {
                StringPart::Plain(text) => Some(text.as_str()),
                StringPart::Special(_) => None,
            })
            .collect();
        if let Some(text) = plain {
            return Ok(Form::Plain(at, SigmaValue::from_raw_string(&text)));
        }
        let pattern: String = inner.iter().map(pattern_of).collect();
        Ok(Form::Regex(self.regex(&anchored(&pattern, at, !cased))?))
    }

    /// Regular expressions, with their flags inside.
    fn regexes(&mut self, item: &DetectionItem) -> Result<Detection, String> {
        let mut flags = String::new();
        let mut modifiers = vec![Modifier::Re];
        for modifier in &item.field.modifiers {
            match modifier {
                Modifier::Re | Modifier::Cased => {}
                Modifier::IgnoreCase => flags.push('i'),
                Modifier::Multiline => flags.push('m'),
                Modifier::DotAll => flags.push('s'),
                Modifier::All if item.values.len() < 2 => {
                    return Err("`all` needs more than one value".to_owned());
                }
                Modifier::All | Modifier::Neq => modifiers.push(*modifier),
                _ => return Err("these modifiers do not go together".to_owned()),
            }
        }
        let flags = if flags.is_empty() {
            flags
        } else {
            format!("(?{flags})")
        };
        let mut values = Vec::new();
        for value in &item.values {
            let SigmaValue::String(text) = value else {
                return Err("a regular expression is text: put it between quotes".to_owned());
            };
            // The group at the start keeps the evaluator from guessing flags of the whole from those of a part.
            let pattern = self.regex(&format!("{ANYTHING}{flags}{}", text.original))?;
            values.push(SigmaValue::from_raw_string(&pattern));
        }
        Ok(Detection::AllOf(vec![DetectionItem {
            field: FieldSpec::new(item.field.name.clone(), modifiers),
            values,
        }]))
    }

    /// Checks a regular expression against its limits.
    fn regex(&mut self, pattern: &str) -> Result<String, String> {
        self.regexes += 1;
        if self.regexes > MAX_RULE_REGEXES {
            return Err(format!(
                "the rule has more than {MAX_RULE_REGEXES} regular expressions, those made of wildcards among them"
            ));
        }
        if pattern.len() > MAX_REGEX_BYTES {
            return Err(format!(
                "a regular expression has {} bytes, at most {MAX_REGEX_BYTES} are taken",
                pattern.len()
            ));
        }
        let compiles = |bytes: usize| RegexBuilder::new(pattern).size_limit(bytes).build().map(drop);
        let mut compiled = compiles(LARGE_REGEX_COMPILED_BYTES);
        if matches!(compiled, Err(regex::Error::CompiledTooBig(_))) {
            self.large += 1;
            if self.large > MAX_RULE_LARGE_REGEXES {
                return Err(format!(
                    "more than {MAX_RULE_LARGE_REGEXES} of the rule's regular expressions become larger than \
                     {LARGE_REGEX_COMPILED_BYTES} bytes"
                ));
            }
            compiled = compiles(MAX_REGEX_COMPILED_BYTES);
        }
        match compiled {
            Ok(()) => Ok(pattern.to_owned()),
            Err(regex::Error::CompiledTooBig(_)) => Err(format!(
                "the regular expression `{}` becomes larger than {MAX_REGEX_COMPILED_BYTES} bytes",
                short(pattern)
            )),
            Err(error) => Err(format!(
                "`{}` is no regular expression of this program (no look-around, no back-references): {}",
                short(pattern),
                error.to_string().lines().next_back().unwrap_or_default().trim()
            )),
        }
    }

    fn count(&mut self, values: usize) -> Result<(), String> {
        self.values += values;
        if self.values > MAX_RULE_VALUES {
            return Err(format!("the rule has more than {MAX_RULE_VALUES} values"));
        }
        Ok(())
    }

    /// Keywords: each may stand anywhere in the line.
    fn keywords(&mut self, values: &[SigmaValue]) -> Result<Vec<Detection>, String> {
        if values.is_empty() {
            return Err("an empty list of keywords matches nothing".to_owned());
        }
        self.count(values.len())?;
        let mut plain = Vec::new();
        let mut patterns = Vec::new();
        for value in values {
            let parts = match value {
                SigmaValue::String(text) => text.parts.clone(),
                SigmaValue::Integer(_) | SigmaValue::Float(_) => {
                    vec![StringPart::Plain(value.to_string())]
                }
                SigmaValue::Bool(_) | SigmaValue::Null => {
                    return Err(format!("`{value}` is no keyword: put it between quotes"));
                }
            };
            match self.form(&parts, At::Anywhere, false)? {
                Form::Plain(_, text) => plain.push(text),
                Form::Regex(pattern) => patterns.push(SigmaValue::from_raw_string(&pattern)),
            }
        }
        let mut parts = Vec::new();
        if !plain.is_empty() {
            parts.push(Detection::Keywords(plain));
        }
        if !patterns.is_empty() {
            parts.push(Detection::AllOf(vec![DetectionItem {
                field: FieldSpec::new(None, vec![Modifier::Re]),
                values: patterns,
            }]));
        }
        Ok(parts)
    }

    /// An item without a field: keywords with modifiers.
    fn keyword_item(&mut self, item: &DetectionItem) -> Result<Detection, String> {
        let told = |why: &str| format!("`{}`: {why}", key_of("", &item.field.modifiers));
        let (mut all, mut regex) = (false, false);
        for modifier in &item.field.modifiers {
            match modifier {
                Modifier::All => all = true,
                Modifier::Contains => {}
                Modifier::Re => regex = true,
                _ => return Err(told("keywords take `all`, `contains` and `re` only")),
            }
        }
        if all && item.values.len() < 2 {
            return Err(told("`all` needs more than one value"));
        }
        if regex {
            let field = FieldSpec::new(None, vec![Modifier::Re]);
            let values = item.values.clone();
            let item = DetectionItem { field, values };
            let Detection::AllOf(items) = self.regexes(&item).map_err(|why| told(&why))? else {
                return Err(told("it cannot be rewritten"));
            };
            if !all {
                return Ok(Detection::AllOf(items));
            }
            let each = items.into_iter().flat_map(|item| {
                let field = item.field;
                item.values.into_iter().map(move |value| DetectionItem {
                    field: field.clone(),
                    values: vec![value],
                })
            });
            return Ok(Detection::AllOf(each.collect()));
        }
        if !all {
            return Ok(any_of(self.keywords(&item.values)?));
        }
        let mut parts = Vec::new();
        for value in &item.values {
            parts.push(any_of(self.keywords(std::slice::from_ref(value))?));
        }
        Ok(Detection::And(parts))
    }
}

/// The forms of an item, those of one kind together: any of them, or none where the item says `neq`.
fn grouped(spec: &FieldSpec, forms: Vec<Form>, wanted: Wanted) -> Detection {
    let mut plain: [Vec<SigmaValue>; 4] = Default::default();
    let mut nothing = Vec::new();
    let mut patterns = Vec::new();
    for form in forms {
        match form {
            // Apart from others: only alone it hits a record that has not the field.
            Form::Plain(_, SigmaValue::Null) => nothing = vec![SigmaValue::Null],
            Form::Regex(pattern) => patterns.push(SigmaValue::from_raw_string(&pattern)),
            Form::Plain(at, value) => {
                let places = At::ALL.into_iter().zip(&mut plain);
                for (_, values) in places.filter(|(place, _)| *place == at) {
                    values.push(value.clone());
                }
            }
        }
    }
    let item = |mut modifiers: Vec<Modifier>, values: Vec<SigmaValue>| {
        if wanted.differs {
            modifiers.push(Modifier::Neq);
        }
        Detection::AllOf(vec![DetectionItem {
            field: FieldSpec::new(spec.name.clone(), modifiers),
            values,
        }])
    };
    let mut parts = Vec::new();
    for (at, values) in At::ALL.into_iter().zip(plain) {
        if values.is_empty() {
            continue;
        }
        let mut modifiers: Vec<Modifier> = at.modifier().into_iter().collect();
        if wanted.cased {
            modifiers.push(Modifier::Cased);
        }
        parts.push(item(modifiers, values));
    }
    if !nothing.is_empty() {
        parts.push(item(Vec::new(), nothing));
    }
    if !patterns.is_empty() {
        parts.push(item(vec![Modifier::Re], patterns));
    }
    if wanted.differs {
        all_of(parts)
    } else {
        any_of(parts)
    }
}

/// All parts must hold; those that are nothing but items become one.
fn all_of(parts: Vec<Detection>) -> Detection {
    let mut items = Vec::new();
    let mut others = Vec::new();
    for part in parts {
        match part {
            Detection::AllOf(mut of_part) => items.append(&mut of_part),
            other => others.push(other),
        }
    }
    if others.is_empty() {
        return Detection::AllOf(items);
    }
    if !items.is_empty() {
        others.insert(0, Detection::AllOf(items));
    }
    Detection::And(others)
}

/// One of the parts must hold.
fn any_of(mut parts: Vec<Detection>) -> Detection {
    match (parts.len(), parts.pop()) {
        (1, Some(part)) => part,
        (_, last) => {
            parts.extend(last);
            Detection::AnyOf(parts)
        }
    }
}

/// A pattern at its place. `.` is any character: a value may hold line breaks.
fn anchored(pattern: &str, at: At, ignore_case: bool) -> String {
    let flags = if ignore_case { "(?is)" } else { "(?s)" };
    let start = if matches!(at, At::Whole | At::Start) {
        r"\A"
    } else {
        ""
    };
    let end = if matches!(at, At::Whole | At::End) {
        r"\z"
    } else {
        ""
    };
    format!("{ANYTHING}{flags}{start}{pattern}{end}")
}

fn pattern_of(part: &StringPart) -> String {
    match part {
        StringPart::Plain(text) => regex::escape(text),
        StringPart::Special(SpecialChar::WildcardMulti) => ".*".to_owned(),
        StringPart::Special(SpecialChar::WildcardSingle) => ".".to_owned(),
    }
}

/// A text with other dashes.
enum Variants {
    Plain(Vec<Vec<StringPart>>),
    Regex(String),
}

/// The same text with every other dash where one begins a parameter: `-` or `/` before a letter, a digit or `_`, and not
/// behind one.
fn dashes(parts: &[StringPart]) -> Variants {
    let is_word =
        |letter: Option<&char>| letter.is_some_and(|letter| letter.is_alphanumeric() || *letter == '_');
    // The characters of the text; nothing for a wildcard.
    let mut letters: Vec<Option<char>> = Vec::new();
    for part in parts {
        match part {
            StringPart::Plain(text) => letters.extend(text.chars().map(Some)),
            StringPart::Special(_) => letters.push(None),
        }
    }
    let begins = |at: usize| {
        let letter = |at: Option<usize>| at.and_then(|at| letters.get(at)).and_then(Option::as_ref);
        matches!(letter(Some(at)), Some('-' | '/'))
            && !is_word(letter(at.checked_sub(1)))
            && is_word(letter(Some(at + 1)))
    };
    let count = (0..letters.len()).filter(|at| begins(*at)).count();
    if count > DASHES_WRITTEN_OUT {
        let class: String = DASHES
            .iter()
            .map(|dash| regex::escape(&dash.to_string()))
            .collect();
        let mut pattern = String::new();
        let mut at = 0;
        for part in parts {
            match part {
                StringPart::Special(_) => {
                    pattern.push_str(&pattern_of(part));
                    at += 1;
                }
                StringPart::Plain(text) => {
                    for letter in text.chars() {
                        if begins(at) {
                            pattern.push_str(&format!("[{class}]"));
                        } else {
                            pattern.push_str(&regex::escape(&letter.to_string()));
                        }
                        at += 1;
                    }
                }
            }
        }
        return Variants::Regex(pattern);
    }
    let mut variants: Vec<Vec<StringPart>> = vec![Vec::new()];
    let mut at = 0;
    for part in parts {
        match part {
            StringPart::Special(_) => {
                variants.iter_mut().for_each(|variant| variant.push(part.clone()));
                at += 1;
            }
            StringPart::Plain(text) => {
                variants
                    .iter_mut()
                    .for_each(|variant| variant.push(StringPart::Plain(String::new())));
                for letter in text.chars() {
                    if begins(at) {
                        variants = variants
                            .iter()
                            .flat_map(|variant| {
                                DASHES.map(|dash| {
                                    let mut longer = variant.clone();
                                    add(&mut longer, dash);
                                    longer
                                })
                            })
                            .collect();
                    } else {
                        variants.iter_mut().for_each(|variant| add(variant, letter));
                    }
                    at += 1;
                }
            }
        }
    }
    Variants::Plain(variants)
}

fn add(variant: &mut [StringPart], letter: char) {
    if let Some(StringPart::Plain(text)) = variant.last_mut() {
        text.push(letter);
    }
}

/// An item's key as rules write it.
pub(crate) fn key_of(name: &str, modifiers: &[Modifier]) -> String {
    let mut key = name.to_owned();
    for modifier in modifiers {
        key.push('|');
        match serde_json::to_value(modifier) {
            Ok(serde_json::Value::String(word)) => key.push_str(&word),
            _ => key.push('?'),
        }
    }
    key
}

/// A pattern in a message.
fn short(pattern: &str) -> &str {
    let pattern = pattern.strip_prefix(ANYTHING).unwrap_or(pattern);
    let end = pattern.floor_char_boundary(80);
    pattern.get(..end).unwrap_or_default()
}
