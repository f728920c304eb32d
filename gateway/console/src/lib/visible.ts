// Characters that nobody sees, or that turn the order of others around, are written out wherever a person reads what an
// agent wrote: otherwise `rm -rf / #` could be made to look like something else.

// What is joined or styled by such characters in honest text stays as it is, and is tried first.
const HONEST = [
  // Flags of countries within a country: a black flag with the region's letters in tags.
  String.raw`\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}`,
  // Keycaps, and emoji with one selector or skin tone each, joined to families and professions.
  String.raw`[0-9#*]\uFE0F\u20E3`,
  String.raw`\p{Extended_Pictographic}[\uFE0E\uFE0F]?\p{Emoji_Modifier}?(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*`,
  // Joiners shape the letters around them in Persian and in the scripts of India.
  String.raw`(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Oriya}\p{Script=Sinhala}])[\u200C\u200D](?=[\p{L}\p{M}])`,
  // One variant of one Chinese or Japanese character.
  String.raw`\p{Script=Han}[\uFE00-\uFE02\u{E0100}-\u{E01EF}]`,
]

// The same as `gateway/domain/hidden.txt` for Slack and the command line; the test compares them.
const HIDDEN = [
  // Controls; a line's end may be written in two ways.
  String.raw`[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]|\r(?!\n)`,
  // Blanks without width, fillers, joiners, marks and overrides of direction, and other formats.
  String.raw`[\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2028\u2029\u2065\u2800\u3164\uFFA0\uFFF0-\uFFFB\p{Cf}]`,
  // Selectors of variants and tags, alone, in which a whole text can be hidden.
  String.raw`[\uFE00-\uFE0F\u{E0000}-\u{E0FFF}]`,
]

const ANY_HIDDEN = new RegExp(HIDDEN.join("|"), "u")
const HONEST_OR_HIDDEN = new RegExp(`(${HONEST.join("|")})|${HIDDEN.join("|")}`, "gu")

/** The text as it may be shown: `a⟨U+202E⟩b` for what would otherwise turn the letters around. */
export function visible(text: string): string {
  if (!ANY_HIDDEN.test(text)) return text
  return text.replace(HONEST_OR_HIDDEN, (found, honest?: string) => honest ?? written(found))
}

function written(character: string): string {
  return `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`
}

/** Whether a person would be shown something else than is there. */
export function hidesSomething(text: string): boolean {
  return visible(text) !== text
}
