//! Line for line: records to views, views to rules, hits to the result.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use accord_formats::logs::{
    Clock, Depth, Fields, LineReader, LineTime, LogFormat, OriginalValue, Originals, Outcome, Records,
    text_of,
};
use accord_logstore::{LineVisitor, Segment, Walk, WalkedLine};

use crate::correlate::{Gathered, Place};
use crate::limits::MAX_COUNT_ROWS;
use crate::record::{KeywordTexts, Said, borrowed};
use crate::result::{SigmaHit, SigmaLine, SigmaResult};
use crate::rules::{Detecting, RuleKind, SigmaRules};
use crate::run::{Room, count_row, unevaluated};
use crate::sources::{View, Views, windows_name, windows_names_the_next};
use crate::watch::{Hit, Watch};

/// The segment that is being read.
struct Current {
    segment: Arc<Segment>,
    /// Its place in the list of those read.
    number: u32,
    source: usize,
    format: LogFormat,
    bound: Option<usize>,
    reader: LineReader,
    clock: Option<Clock>,
}

/// What was found, all lines read.
pub(crate) struct Finding {
    pub(crate) result: SigmaResult,
    pub(crate) gathered: Gathered,
    pub(crate) segments: Vec<Arc<Segment>>,
    /// The formats of the segments in the walk, those that no rule is about among them.
    pub(crate) formats: Vec<LogFormat>,
}

pub(crate) struct Search<'r> {
    rules: &'r SigmaRules,
    views: &'r Views,
    walk: &'r Walk,
    /// The rules of each view.
    fitting: Vec<Vec<(usize, &'r Detecting)>>,
    watches: Vec<Option<Watch>>,
    /// For lines that are not parsed: rules of keywords alone, by format.
    loose: HashMap<(LogFormat, Option<usize>), Option<Watch>>,
    current: Option<Current>,
    segments: Vec<Arc<Segment>>,
    sources: Vec<String>,
    formats: Vec<LogFormat>,
    counts: BTreeMap<(usize, usize, Option<i32>), u64>,
    room: Room,
    gathered: Gathered,
    result: SigmaResult,
}

/// A record's time, and the instant that is made of it.
#[derive(Clone, Copy)]
struct When {
    logged: LineTime,
    /// Corrected by the source's clock.
    at_ms: Option<i64>,
    /// Whether the source's zone was needed.
    set: bool,
}

impl<'r> Search<'r> {
    pub(crate) fn new(
        rules: &'r SigmaRules,
        views: &'r Views,
        walk: &'r Walk,
        room: Room,
        gathered: Gathered,
    ) -> Self {
        let fitting = views
            .all()
            .iter()
            .map(|view| {
                rules
                    .detecting()
                    .filter(|(_, rule)| view.fits(&rule.log_source))
                    .collect()
            })
            .collect();
        let mut watches = Vec::new();
        watches.resize_with(views.all().len(), || None);
        Self {
            rules,
            views,
            walk,
            fitting,
            watches,
            loose: HashMap::new(),
            current: None,
            segments: Vec::new(),
            sources: Vec::new(),
            formats: Vec::new(),
            counts: BTreeMap::new(),
            room,
            gathered,
            result: SigmaResult {
                rules: rules.rules().iter().map(|_| unevaluated()).collect(),
                ..SigmaResult::default()
            },
        }
    }

    /// The views that records of a segment may have.
    fn views_of(&self, format: LogFormat, bound: Option<usize>) -> Vec<usize> {
        match bound {
            Some(bound) => vec![bound],
            None => self.views.of_format(format).collect(),
        }
    }

    fn has_rules(&self, view: usize) -> bool {
        self.fitting.get(view).is_some_and(|rules| !rules.is_empty())
    }

    /// Sums up what each rule was evaluated on.
    pub(crate) fn finish(mut self) -> Finding {
        let mut seen: Vec<Vec<bool>> = Vec::new();
        seen.resize_with(self.rules.rules().len(), Vec::new);
        let rules: HashMap<usize, &Detecting> = self.rules.detecting().collect();
        let parsed = self.watches.iter().flatten().map(|watch| (watch, false));
        let loose = self.loose.values().flatten().map(|watch| (watch, true));
        for (watch, loose) in parsed.chain(loose) {
            for number in &watch.rules {
                let Some(report) = self.result.rules.get_mut(*number) else {
                    continue;
                };
                report.evaluated += watch.evaluated;
                if loose || watch.evaluated == 0 {
                    continue;
                }
                let (Some(rule), Some(seen)) = (rules.get(number), seen.get_mut(*number)) else {
                    continue;
                };
                let own = rule.fields.iter().take(rule.own_fields);
                seen.resize(rule.own_fields, false);
                for (field, seen) in own.zip(seen.iter_mut()) {
                    let slot = watch.wanted.number(field);
                    *seen |= slot
                        .and_then(|slot| watch.seen.get(slot))
                        .is_some_and(|count| *count > 0);
                }
            }
        }
        for (number, rule) in &rules {
            let (Some(report), Some(seen)) = (self.result.rules.get_mut(*number), seen.get(*number)) else {
                continue;
            };
            let unseen = rule.fields.iter().zip(seen).filter(|(_, seen)| !**seen);
            report.fields_never_seen = unseen.map(|(field, _)| field.clone()).collect();
        }
        let rows = self.counts.iter().map(|((rule, source, day), hits)| {
            let source = self.sources.get(*source).map(String::as_str).unwrap_or_default();
            count_row(*rule, source, *day, *hits)
        });
        self.result.counts = rows.collect();
        self.formats.sort_unstable();
        self.formats.dedup();
        Finding {
            result: self.result,
            gathered: self.gathered,
            segments: self.segments,
            formats: self.formats,
        }
    }

    /// A line of a format that names its fields.
    fn named_line(&mut self, current: &mut Current, line: &WalkedLine<'_>) {
        let mut originals = Originals::default();
        let outcome = current.reader.originals(line.bytes, &mut originals);
        if outcome != Outcome::Parsed {
            return self.without_record(current, line, outcome);
        }
        self.result.sums.left_out += originals.left_out() as u64;
        let mut columns = Records::new();
        let mut columns_read = false;
        let count = originals.records();
        let mut hits = Vec::new();
        let mut evaluated = false;
        let mut views = Vec::new();
        for number in 0..count {
            let payload = payload(current.format, &originals, number);
            let own = own_fields(current.format, &originals, number, payload.as_ref());
            let said = Said { own, columns: None };
            match current.bound {
                Some(bound) => {
                    views.clear();
                    views.push(bound);
                }
                None => self.views.of_record(current.format, &said, &mut views),
            }
            views.retain(|view| self.has_rules(*view));
            if views.is_empty() {
                continue;
            }
            evaluated = true;
            if !columns_read
                && views.iter().any(|view| {
                    self.watch(*view)
                        .is_some_and(|watch| watch.wanted.needs_columns())
                })
            {
                current.reader.fields(line.bytes, &mut columns);
                columns_read = true;
            }
            let said = Said {
                columns: columns.all().get(number),
                ..said
            };
            let text = text_of(line.bytes);
            let found = self.evaluate(&views, &said, (count == 1).then_some(&text));
            if found.is_empty() {
                continue;
            }
            if !columns_read {
                current.reader.fields(line.bytes, &mut columns);
                columns_read = true;
            }
            let when = when(current, columns.all().get(number));
            self.take(current, line, number, when, found, &mut hits);
        }
        self.end_of_line(current, line, evaluated, hits);
    }

    /// A line of text: its columns, and what stands in it as `name=value`.
    fn text_line(&mut self, current: &mut Current, line: &WalkedLine<'_>) {
        let mut records = Records::with_rest();
        let outcome = current.reader.fields(line.bytes, &mut records);
        if outcome != Outcome::Parsed {
            return self.without_record(current, line, outcome);
        }
        let text = text_of(line.bytes);
        let count = records.all().len();
        let mut hits = Vec::new();
        let mut evaluated = false;
        let mut views = Vec::new();
        for (number, fields) in records.all().iter().enumerate() {
            self.result.sums.left_out += fields.left_out() as u64;
            let own = fields
                .rest()
                .iter()
                .map(|(name, value)| (&**name, OriginalValue::Text(std::borrow::Cow::Borrowed(&**value))))
                .collect();
            let said = Said {
                own,
                columns: Some(fields),
            };
            match current.bound {
                Some(bound) => {
                    views.clear();
                    views.push(bound);
                }
                None => self.views.of_record(current.format, &said, &mut views),
            }
            views.retain(|view| self.has_rules(*view));
            if views.is_empty() {
                continue;
            }
            evaluated = true;
            let found = self.evaluate(&views, &said, (count == 1).then_some(&text));
            if found.is_empty() {
                continue;
            }
            let when = when(current, Some(fields));
            self.take(current, line, number, when, found, &mut hits);
        }
        self.end_of_line(current, line, evaluated, hits);
    }

    /// The rules of a view, compiled when the first record of it comes.
    fn watch(&mut self, view: usize) -> Option<&mut Watch> {
        let place = self.watches.get_mut(view)?;
        if place.is_none() {
            let rules = self.fitting.get(view)?;
            *place = Some(Watch::new(self.views.all().get(view)?, rules));
        }
        place.as_mut()
    }

    fn evaluate(&mut self, views: &[usize], said: &Said<'_>, line: Option<&str>) -> Vec<Hit> {
        let mut found = Vec::new();
        for view in views {
            // Borrowed apart: the watch is changed, what is asked is read.
            let Some(mut watch) = self.take_watch(*view) else {
                continue;
            };
            let texts = if watch.has_keywords {
                keyword_texts(line, said)
            } else {
                KeywordTexts {
                    line: None,
                    values: Vec::new(),
                }
            };
            let gathered = &self.gathered;
            found.extend(watch.evaluate(said, &texts, &|rule| gathered.asked(rule)));
            if let Some(place) = self.watches.get_mut(*view) {
                *place = Some(watch);
            }
        }
        found
    }

    fn take_watch(&mut self, view: usize) -> Option<Watch> {
        self.watch(view)?;
        self.watches.get_mut(view)?.take()
    }

    /// A line that holds no record.
    fn without_record(&mut self, current: &mut Current, line: &WalkedLine<'_>, outcome: Outcome) {
        if outcome != Outcome::NotParsed {
            self.result.sums.without_record += 1;
            return;
        }
        self.result.sums.not_evaluated += 1;
        let key = (current.format, current.bound);
        if !self.loose.contains_key(&key) {
            let watch = self.loose_watch(current.format, current.bound);
            self.loose.insert(key, watch);
        }
        let Some(Some(watch)) = self.loose.get_mut(&key) else {
            return;
        };
        let text = text_of(line.bytes);
        let texts = KeywordTexts {
            line: Some(&text),
            values: Vec::new(),
        };
        let gathered = &self.gathered;
        let found = watch.evaluate(&Said::default(), &texts, &|rule| gathered.asked(rule));
        if found.is_empty() {
            return;
        }
        let logged = current.reader.line(line.bytes, Depth::Time).time;
        let when = resolved(current, logged, None);
        let mut hits = Vec::new();
        self.take(current, line, 0, when, found, &mut hits);
        self.keep(current, line, hits);
    }

    fn loose_watch(&self, format: LogFormat, bound: Option<usize>) -> Option<Watch> {
        let mut rules: BTreeMap<usize, &Detecting> = BTreeMap::new();
        for view in self.views_of(format, bound) {
            for (number, rule) in self.fitting.get(view).into_iter().flatten() {
                if rule.keywords_only {
                    rules.insert(*number, rule);
                }
            }
        }
        let rules: Vec<(usize, &Detecting)> = rules.into_iter().collect();
        let view = View {
            formats: Vec::new(),
            told_by: String::new(),
            category: None,
            products: Vec::new(),
            services: Vec::new(),
            fields: &[],
        };
        (!rules.is_empty()).then(|| Watch::new(&view, &rules))
    }

    /// Takes the hits of a record: counted, gathered for correlations, and those to be told.
    fn take(
        &mut self,
        current: &Current,
        line: &WalkedLine<'_>,
        record: usize,
        when: When,
        found: Vec<Hit>,
        hits: &mut Vec<SigmaHit>,
    ) {
        let span = when.logged.span();
        if span.is_some_and(|span| !self.walk.is_in_time(&current.segment, span)) {
            self.result.hits_outside_time += found.len() as u64;
            return;
        }
        for hit in found {
            self.result.hits_time_unknown += u64::from(span.is_none());
            self.result.times_set += u64::from(when.set);
            self.count(hit.rule, current.source, when.at_ms);
            let info = self.rules.rules().get(hit.rule);
            let only_correlated = info.is_some_and(|info| info.kind == RuleKind::DetectionForCorrelation);
            if self.rules.is_joined(hit.rule) {
                let place = Place {
                    segment: current.number,
                    line: line.line,
                    offset: line.offset,
                    length: line.bytes.len() as u64,
                    record: u32::try_from(record).unwrap_or(u32::MAX),
                };
                self.gathered.hit(hit.rule, when.at_ms, place, &hit.asked);
            }
            let Some(report) = self.result.rules.get_mut(hit.rule) else {
                continue;
            };
            report.hits += 1;
            if only_correlated {
                continue;
            }
            if report.hits - report.hits_over_max > self.room.rule_hits {
                report.hits_over_max += 1;
                continue;
            }
            hits.push(SigmaHit {
                rule: hit.rule,
                record,
                time: when.logged,
                fields: hit.fields,
            });
        }
    }

    fn count(&mut self, rule: usize, source: usize, at_ms: Option<i64>) {
        let day = at_ms.and_then(|ms| i32::try_from(ms.div_euclid(86_400_000)).ok());
        let key = (rule, source, day);
        if self.counts.len() >= MAX_COUNT_ROWS && !self.counts.contains_key(&key) {
            self.result.counts_left_out += 1;
            return;
        }
        *self.counts.entry(key).or_default() += 1;
    }

    fn end_of_line(
        &mut self,
        current: &Current,
        line: &WalkedLine<'_>,
        evaluated: bool,
        hits: Vec<SigmaHit>,
    ) {
        if evaluated {
            self.result.sums.evaluated += 1;
        } else {
            self.result.sums.of_no_rule += 1;
        }
        self.keep(current, line, hits);
    }

    /// Keeps a line with its hits while there is room.
    fn keep(&mut self, current: &Current, line: &WalkedLine<'_>, mut hits: Vec<SigmaHit>) {
        if hits.is_empty() {
            return;
        }
        if self.room.lines == 0 || self.room.bytes < line.bytes.len() {
            // Once one is left out all later ones are: the result is a prefix, not a selection by size.
            self.room.lines = 0;
            for hit in &hits {
                if let Some(report) = self.result.rules.get_mut(hit.rule) {
                    report.hits_over_max += 1;
                }
            }
            return;
        }
        self.room.lines -= 1;
        self.room.bytes -= line.bytes.len();
        hits.sort_by_key(|hit| (hit.record, hit.rule));
        let manifest = &current.segment.manifest;
        self.result.lines.push(SigmaLine {
            segment: current.segment.id().clone(),
            source: current.segment.id().source().to_owned(),
            segment_sha256: manifest.log.sha256,
            line: line.line,
            offset: line.offset,
            length: line.bytes.len() as u64,
            bytes: line.bytes.to_vec(),
            sha256: line.sha256(),
            hits,
        });
    }
}

impl LineVisitor for Search<'_> {
    fn segment(&mut self, segment: &Arc<Segment>) -> bool {
        let manifest = &segment.manifest;
        let format = manifest.log_format;
        self.formats.push(format);
        let source = segment.id().source();
        let bound = self.views.bound(source);
        let wanted = self
            .views_of(format, bound)
            .into_iter()
            .any(|view| self.has_rules(view));
        if !wanted {
            self.current = None;
            return false;
        }
        let known = self.sources.iter().position(|known| known == source);
        let source = known.unwrap_or_else(|| {
            self.sources.push(source.to_owned());
            self.sources.len() - 1
        });
        self.current = Some(Current {
            segment: Arc::clone(segment),
            number: u32::try_from(self.segments.len()).unwrap_or(u32::MAX),
            source,
            format,
            bound,
            reader: LineReader::new(format),
            clock: Clock::new(manifest.source.time_zone.trim(), manifest.imported_at_ms),
        });
        self.segments.push(Arc::clone(segment));
        true
    }

    fn line(&mut self, line: &WalkedLine<'_>) {
        let Some(mut current) = self.current.take() else {
            return;
        };
        if current.format.names_its_fields() {
            self.named_line(&mut current, line);
        } else {
            self.text_line(&mut current, line);
        }
        self.current = Some(current);
    }

    fn found(&self) -> u64 {
        self.result.lines.len() as u64
    }
}

/// When a record was written.
fn when(current: &Current, fields: Option<&Fields<'_>>) -> When {
    let logged = fields.map_or(LineTime::Unknown, |fields| fields.time());
    resolved(current, logged, fields)
}

fn resolved(current: &Current, logged: LineTime, fields: Option<&Fields<'_>>) -> When {
    let offset = current.segment.manifest.source.clock_offset_ms.unwrap_or(0);
    let corrected = |ms: i64| ms.saturating_sub(offset);
    if let Some(span) = logged.span() {
        return When {
            logged,
            at_ms: Some(corrected(span.first_ms)),
            set: false,
        };
    }
    // A time as written is an instant by the source's zone, where that leaves no doubt.
    let wall = fields.and_then(|fields| fields.wall());
    let told = current
        .clock
        .as_ref()
        .and_then(|clock| clock.resolve(logged, wall))
        .filter(|told| !told.doubtful && told.span.first_ms == told.span.last_ms);
    When {
        logged,
        at_ms: told.map(|told| corrected(told.span.first_ms)),
        set: told.is_some(),
    }
}

/// What EvtxECmd writes of an event's data: JSON in a text.
fn payload<'o>(format: LogFormat, originals: &'o Originals<'_>, number: usize) -> Option<Originals<'o>> {
    if format != LogFormat::WindowsJson {
        return None;
    }
    let text = originals.record(number).find_map(|(name, value)| match value {
        OriginalValue::Text(text) if name == "Payload" && text.starts_with('{') => Some(&**text),
        _ => None,
    })?;
    Originals::of_json(text)
}

/// A record's fields by the names that rules use.
fn own_fields<'o>(
    format: LogFormat,
    originals: &'o Originals<'_>,
    number: usize,
    payload: Option<&'o Originals<'_>>,
) -> Vec<(&'o str, OriginalValue<'o>)> {
    let record = originals.record(number);
    if format != LogFormat::WindowsJson {
        return record.map(|(name, value)| (name, borrowed(value))).collect();
    }
    let mut fields = Vec::new();
    let mut next: Option<&str> = None;
    for (path, value) in record.chain(payload.into_iter().flat_map(|payload| payload.record(0))) {
        match value {
            // No rule looks into an event's objects, and their names would stand beside those of their fields.
            OriginalValue::Nested => next = None,
            OriginalValue::Text(name) if windows_names_the_next(path) => next = Some(name),
            _ => {
                let name = next.take().unwrap_or_else(|| windows_name(path));
                fields.push((name, borrowed(value)));
            }
        }
    }
    fields
}

/// What keywords are looked for in: the line and what it says in escapes, or the values of one record of many.
fn keyword_texts<'t>(line: Option<&'t str>, said: &'t Said<'_>) -> KeywordTexts<'t> {
    let values = said.own.iter().filter_map(|(_, value)| match value {
        OriginalValue::Text(text) => Some(&**text),
        _ => None,
    });
    let values = values.filter(|value| line.is_none_or(|line| !line.contains(value)));
    KeywordTexts {
        line,
        values: values.collect(),
    }
}
