//! Households: what a family says of itself before anything happens, and who may see it.
//!
//! Words: [`Household`] 世帯 (マイ避難情報, what a family registered), [`Person`] 家族の一人, [`Needs`] 要配慮事項, consent 同意,
//! token 受付コード (what a QR or a card stands for), personal data 個人情報, purpose 利用目的, protection 支援措置.
//! In:  what residents register on their phones, with a device account alone; lists of protected people from staff.
//! Out: journal entries `households.*` without personal data; the household behind a token, for a desk with a purpose.
//!
//! **Invariant:** what a family registers is stored sealed under a key of its own; deleting the family destroys that key.
//! **Invariant:** personal data opens only with a purpose and an audience, and every look is a journal entry that the person
//! can read.
//! **Invariant:** protected people (支援措置) are refused to everybody but their own municipality's desk, by default.
//! **Invariant:** unknown, not consented and protected get byte-identical answers.
//! **Invariant:** a consent is an event with the version of its text; nothing is ticked beforehand, and missing means no.
//! **Invariant:** the 12 digits of a My Number are refused wherever text is taken.

pub mod model;

pub use model::{Household, Needs, Person};
