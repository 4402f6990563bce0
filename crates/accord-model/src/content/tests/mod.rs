//! Tests of content entries and of what they say together.

mod folds;
mod form;
mod form_more;
mod grants;
mod guests;
mod leads;
mod links;
mod parts;
mod writers;
