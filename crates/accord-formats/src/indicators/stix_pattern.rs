//! STIX patterns (OASIS STIX 2.1, section 9), as far as logs can be searched for them: alternatives of equal values.
//!
//! `[a = 'x' OR b IN ('y', 'z')] OR [c = 'w']` gives its values. `AND` and `FOLLOWEDBY` make one value alone meaningless,
//! so such a pattern is not used, with one exception: hashes of the same file joined by `AND` are one file.
//! Qualifiers (`WITHIN`, `REPEATS`, `START`) narrow in time and are dropped with the pattern kept.

use super::row::NotUsed;

/// The most comparisons of one pattern.
pub const MAX_COMPARISONS: usize = 10_000;

/// The longest pattern, in bytes: as many comparisons of SHA-256 are shorter. It is cut into words and signs before it is
/// read, each of which takes some 50 bytes.
pub const MAX_PATTERN_BYTES: usize = 1 << 20;

/// What a pattern gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Values, as written.
    pub values: Vec<String>,
    /// One reason per alternative that is not used.
    pub not_used: Vec<NotUsed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Symbol(char),
}

/// The values that a pattern stands for, where it is nothing but alternatives of equal values: whatever hits one of them hits
/// the pattern. Its qualifiers of time are not looked at.
///
/// # Errors
/// Why it is not, or cannot be read.
pub fn pattern_values(pattern: &str) -> Result<Vec<String>, NotUsed> {
    let found = values(pattern)?;
    match found.not_used.into_iter().next() {
        None => Ok(found.values),
        Some(why) => Err(why),
    }
}

/// The values of a pattern.
pub(super) fn values(pattern: &str) -> Result<Found, NotUsed> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(NotUsed::TooLong);
    }
    let tokens = tokens(pattern)?;
    let mut found = Found::default();
    let mut hashes_only = true;
    let mut combined = false;
    let mut inside = false;
    let mut rest = tokens.as_slice();
    let mut comparisons = 0;
    while let Some((token, tail)) = rest.split_first() {
        rest = tail;
        match token {
            Token::Symbol('[') if !inside => inside = true,
            Token::Symbol(']') if inside => inside = false,
            Token::Symbol('(' | ')') => {}
            Token::Word(word) if word.eq_ignore_ascii_case("OR") => {}
            Token::Word(word) if word.eq_ignore_ascii_case("AND") => {
                combined = true;
                // Two observations of two files are not one file.
                hashes_only &= inside;
            }
            Token::Word(word) if word.eq_ignore_ascii_case("FOLLOWEDBY") => {
                return Err(NotUsed::PatternCombination);
            }
            Token::Word(path) if inside => {
                comparisons += 1;
                if comparisons > MAX_COMPARISONS {
                    return Err(NotUsed::TooLong);
                }
                rest = comparison(path, rest, &mut found)?;
                hashes_only &= is_hash(path);
            }
            // Qualifiers and their arguments.
            Token::Word(_) | Token::Text(_) if !inside => {}
            _ => return Err(NotUsed::PatternSyntax),
        }
    }
    if inside || comparisons == 0 {
        return Err(NotUsed::PatternSyntax);
    }
    if combined && !hashes_only {
        return Err(NotUsed::PatternCombination);
    }
    Ok(found)
}

fn is_hash(path: &str) -> bool {
    path.starts_with("file:hashes.")
}

fn is_searched(path: &str) -> bool {
    matches!(
        path,
        "domain-name:value" | "ipv4-addr:value" | "ipv6-addr:value" | "url:value" | "email-addr:value"
    ) || is_hash(path)
}

/// One comparison after its object path; returns what follows it.
fn comparison<'t>(path: &str, tokens: &'t [Token], found: &mut Found) -> Result<&'t [Token], NotUsed> {
    let mut values = Vec::new();
    let mut usable = true;
    let mut rest = tokens;
    loop {
        let (token, tail) = rest.split_first().ok_or(NotUsed::PatternSyntax)?;
        rest = tail;
        match token {
            Token::Symbol('=') => {}
            Token::Symbol('!' | '<' | '>') => usable = false,
            Token::Word(word) if word.eq_ignore_ascii_case("IN") || word.eq_ignore_ascii_case("ISSUBSET") => {
            }
            Token::Word(word)
                if ["NOT", "LIKE", "MATCHES", "ISSUPERSET", "EXISTS"]
                    .iter()
                    .any(|known| word.eq_ignore_ascii_case(known)) =>
            {
                usable = false;
            }
            Token::Symbol('(') => {
                rest = set(rest, &mut values)?;
                break;
            }
            Token::Text(text) => {
                values.push(text.clone());
                break;
            }
            // A number or another literal.
            Token::Word(_) => break,
            Token::Symbol(_) => return Err(NotUsed::PatternSyntax),
        }
    }
    if !is_searched(path) {
        found.not_used.push(NotUsed::UnsupportedType);
    } else if usable {
        found.values.append(&mut values);
    } else {
        found.not_used.push(NotUsed::PatternOperator);
    }
    Ok(rest)
}

/// The literals of a set up to its `)`; returns what follows.
fn set<'t>(tokens: &'t [Token], values: &mut Vec<String>) -> Result<&'t [Token], NotUsed> {
    let mut rest = tokens;
    while let Some((token, tail)) = rest.split_first() {
        rest = tail;
        match token {
            Token::Symbol(')') => return Ok(rest),
            Token::Text(text) => values.push(text.clone()),
            _ => {}
        }
        if values.len() > MAX_COMPARISONS {
            return Err(NotUsed::TooLong);
        }
    }
    Err(NotUsed::PatternSyntax)
}

fn tokens(pattern: &str) -> Result<Vec<Token>, NotUsed> {
    let mut out = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(first) = chars.next() {
        match first {
            _ if first.is_whitespace() => {}
            '\'' => out.push(Token::Text(quoted(&mut chars)?)),
            '[' | ']' | '(' | ')' | '=' | '!' | '<' | '>' | ',' => out.push(Token::Symbol(first)),
            _ => {
                let mut word = String::new();
                let mut next = Some(first);
                while let Some(part) = next {
                    match part {
                        // The step of a path may be quoted: file:hashes.'SHA-256'.
                        '\'' => word.push_str(&quoted(&mut chars)?),
                        '"' => {}
                        _ => word.push(part),
                    }
                    next = chars.next_if(|&c| {
                        !c.is_whitespace()
                            && !matches!(c, '[' | ']' | '(' | ')' | '=' | '!' | '<' | '>' | ',')
                            && (c != '\'' || word.ends_with('.'))
                    });
                }
                // The literals t'2026-…' of START and STOP, h'..' and b'..' are no words of a path.
                out.push(Token::Word(word));
            }
        }
    }
    Ok(out)
}

/// The rest of a quoted literal; a backslash takes the next character as it is.
fn quoted(chars: &mut impl Iterator<Item = char>) -> Result<String, NotUsed> {
    let mut text = String::new();
    loop {
        match chars.next().ok_or(NotUsed::PatternSyntax)? {
            '\'' => return Ok(text),
            '\\' => text.push(chars.next().ok_or(NotUsed::PatternSyntax)?),
            other => text.push(other),
        }
    }
}
