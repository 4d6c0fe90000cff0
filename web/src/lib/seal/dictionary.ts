/**
 * How cards are written: what the packing of a code begins with. Desks have the same text
 * (`crates/disaster/reception/src/phone-code-dictionary.txt`); a test holds them together. A change is a new version of the code.
 */
export default [
  '"landline":"0178","vehicle":"","preferred":["0","emergency":[{"name":"","phone":"0","relation":"友人"}],"pets":[',
  '{"kind":"猫","count":2,"comes":false}],"pets":[{"kind":"犬","count":1,"comes":true}],"remarks":"","skills":["doc',
  'tor","pharmacist","midwife","care-worker","childcare","sign-language","interpreter","teacher","nurse","volunte',
  'er"],"disabilities":["speech","inner","intellect","mind","development","hearing","sight","body"],"language":"v',
  'i","pregnant":true,"dialysis":true,"oxygen":true,"infant_goods":true,"care":"support2","care":"care3","mobilit',
  'y":"walks","mobility":"bedridden","mobility":"stick","mobility":"wheelchair","medicines":["ワーファリン","インスリン"],"a',
  'llergies":["小麦","そば","えび","乳","卵"],"other":"紙おむつ","relation":"祖母","relation":"祖父","relation":"父","relation":"母',
  '","relation":"夫","relation":"妻","relation":"次男","relation":"次女","relation":"長女","relation":"長男","relation":"本人',
  '","municipality":"0220","neighbourhood":"","postcode":"03","address":"青森県八戸市字丁目番地","mobile":"090","mobile":"08',
  '0","mobile":"070",{"persons":[{"id":"019","name":" ","kana":" ","birth":"20","birth":"19","sex":"female","rela',
  'tion":"","needs":{"',
].join('');
