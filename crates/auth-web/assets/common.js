/**
 * The thousand most common passwords of the server's list, and all of its long ones, so that
 * nothing the meter calls strong is on that list. Case-folded.
 */

export const common = new Set(String.raw`
$hex[2623323333363a]  $hex[266865617274733a]  $hex[3030303030300d]  $hex[3130323033300d]  $hex[3131313131310d]
$hex[3131323233330d]  $hex[3132313231320d]  $hex[3132333132330d]  $hex[3132333132333132330d]
$hex[3132333332310d]  $hex[313233340d]  $hex[31323334350d]  $hex[3132333435360d]  $hex[313233343536370d]
$hex[31323334353637380d]  $hex[3132333435363738390d]  $hex[313233343536373839300d]  $hex[31323334717765720d]
$hex[3132333635340d]  $hex[3132337177650d]  $hex[3135393335370d]  $hex[3135393735330d]
$hex[315132773365347235740d]  $hex[3171327733650d]  $hex[31713277336534720d]  $hex[317132773365347235740d]
$hex[3171617a327773780d]  $hex[3232323232320d]  $hex[3333333333330d]  $hex[343831353136323334320d]
$hex[3535353535350d]  $hex[3635343332310d]  $hex[3636363636360d]  $hex[3737373737370d]  $hex[373737373737370d]
$hex[3838383838380d]  $hex[392d31312d313936310d]  $hex[393131313936310d]  $hex[3938373635343332310d]
$hex[3939393939390d]  $hex[3c626c616e6b3e0d]  $hex[45786967656e740d]  $hex[4ed26f20646566696e69646f]
$hex[5177657274790d]  $hex[6162633132330d]  $hex[617364663a6c6b6a]  $hex[6173646667686a6b6c3a262333393a]
$hex[6173646667686a6b6c3a]  $hex[617364666a6b6c3a]  $hex[636570657473756769680d]  $hex[65786967656e740d]
$hex[6766686a6b6d0d]  $hex[696c6f7665796f750d]  $hex[6b6c61737465720d]  $hex[6c69766572706f6f6c0d]
$hex[6c6f76656c790d]  $hex[6d69636861656c0d]  $hex[6d6f6e6b65790d]  $hex[6e756c6c0d]  $hex[70616b697374616e0d]
$hex[70617373776f72640d]  $hex[7072696e636573730d]  $hex[71317732653372340d]  $hex[71617a7773780d]
$hex[71717777313132320d]  $hex[7177653132330d]  $hex[7177657274790d]  $hex[7177657274793132330d]
$hex[71776572747975696f700d]  $hex[73616d73756e670d]  $hex[73756e7368696e650d]  $hex[7a786376626e6d0d]
$hex[7a786376626e6d3a]  $hex[d0fcf0a5f02bf0a2d0efd0eaf0a6f0a5]  $hex[f02bd0c4f0a6f02bd0c4]
$hex[f02bd0c4f0a6f0a5f0a6d0ee]  $hex[f02bd0c7f0a9f0a6f0c1d0e9]
$hex[f02bd0f9f0e0f02bd0f9f0e0f02bd0f9f0e0f02bd0f9f0e0]  $hex[f02bf0a6d0c7f0a5f02bd0ee]
$hex[f02bf0a6d0c7f0a9f0a2f0a6]  $hex[f02bf0a6f02bf0a5d0e7f0a6f0a6]  $hex[f02bf0a6f0a6d0fcf0a9f02b]
$hex[f0a2f0a6d0e9f0a6d0eaf0a6]  $hex[f0a6d0c7f0a9d0fcd0e9f0a9f0a2f0a6]  $hex[f0a6d0e5d0e2f0a6f0c1f0a2]
$hex[f0a6f0a2f0a6d0c7f0c1f0a6]  $hex[f0a6f0a2f0a6d0fcd0e9f0a6d0fcf0a9d0c5]  0.0.0.000  01011910  01011970
01011975  01011980  01011981  01011984  01011985  01011986  01011987  01011988  01011989  01011990  01011991
01011992  01012000  01012001  01012010  01012011  01091989  02071982  02071986  03082006  10203040  1029384756
11111111  111111111111111  11112222  111222333  111222333444555  11223344  1122334455  11235813  1123581321
12131415  122333444455555  12312312  1232323q  123321123  12344321  123454321  1234554321  12345678
1234567887654321  123456789  1234567890  12345678900987654321  12345678901234567890  1234567890987654321
1234567890q  1234567890qwerty  1234567890qwertyuiop  12345678910  123456789101112  123456789123456
1234567891234567  123456789123456789  12345678987654321  123456789987654321  123456789a  123456789q
123456789qwerty  123456789z  12345678a  12345678q  12345679  1234567a  1234567q  123456aa  123456qwerty
12345qwe  12345qwert  1234abcd  1234qwer  1234qwerasdfzxcv  123654789  12369874  123698745  123789456  123qwe123
123qweasd  123qweasdzxc  123qwerty  12qw34er  12qwaszx  13243546  135792468  14725836  147258369  147852369
14789632  147896325  15426378  18436572  192837465  19411945  1a2b3c4d  1passwor  1q2w3e4r  1q2w3e4r5
1q2w3e4r5t  1q2w3e4r5t6y  1q2w3e4r5t6y7u8i  1q2w3e4r5t6y7u8i9o  1q2w3e4r5t6y7u8i9o0p  1qa2ws3ed  1qa2ws3ed4rf5tg
1qaz2wsx  1qaz2wsx3edc  1qaz2wsx3edc4rfv  1qazxsw2  1qazxsw23edcvfr4  1x2zkg8w  21122112  23176djivanfros
25802580  31415926  321654987  420842084208555  4815162342  51505150  73501505  741852963  78945612  789456123
8j4ye3uz  963852741  a1234567  a123456789  a1b2c3d4  a1s2d3f4  aardvark  abc12345  abcd1234  aberdeen  access14
achilles  adgjmptw  adrienne  agent007  airborne  airforce  airplane  aksjdlasdakj89879  albatros  alejandr
aleksandr  aleksandra  alexande  alexander  alexandr  alexandra  alliance  america1  american  amsterda
amsterdam  anaconda  anastasia  anderson  andromeda  angelica  angelina  anhyeuem  anthony1  anything  apollo13
apple123  applepie  aquarius  arsenal1  asdf1234  asdfasdf  asdfghjk  asdfghjkl  aspirine  assassin  asshole1
assholes  atlantic  atlantis  attitude  australi  australia  avalanch  azsxdcfv  babyblue  babydoll  babyface
babygirl  babylon5  backdoor  balloons  bangbang  barcelon  barcelona  barefoot  baseball  basketba  basketball
bearbear  beatrice  beautiful  beefcake  beerbeer  benjamin  bhrh0h2oof6xbqjeh  bigballs  bigboobs  bigdaddy
bigmoney  billybob  billyboy  birthday  blackbir  blackcat  blackdog  blackhaw  blackjac  blackman  blahblah
blessing  blink182  blizzard  bluebird  blueblue  blueeyes  bluemoon  bobafett  bollocks  bonehead  boomboom
bpgjldsgjldthnf  bradford  brandon1  brewster  brighton  brittany  broadway  brooklyn  brothers  brucelee
buckeyes  buckshot  budlight  budweise  bulldog1  bulldogs  bullseye  bullshit  bunghole  business  butterfl
butterfly  butthead  butthole  cadillac  caliente  californ  california  caligula  callaway  cambiami  campbell
canadian  candyman  cardinal  carolina  caroline  casanova  catalina  catherin  catherine  cavalier  cdtnkfyf
cerberus  cfitymrf  chainsaw  champion  chandler  changeme  chargers  charles1  charlie1  charlott  charlotte
charlton  chelsea1  chemical  cherokee  chester1  chevelle  chevrole  cheyenne  chicago1  chicken1  chickens
children  chocolat  chocolate  chrisbln  christia  christian  christie  christin  christina  christine  christop
christopher  chuckles  cinnamon  cjkysirj  clarence  clarinet  clevelan  clifford  clitoris  cocacola  colombia
colorado  coltrane  columbia  columbus  commando  computer  concrete  confused  consumer  cooldude  corvette
cosworth  courtney  cowboys1  crawford  crazybab  creampie  creative  cristina  crjhgbjy  crusader  crystal1
danielle  dannyboy  darkness  darkside  darkstar  davidson  dbrnjhbz  deadhead  december  deepthroat  deeznuts
deeznutz  defender  deftones  demon1q2w3e4r5t  designer  devildog  dfktynbyf  diamond1  diamonds  dickhead
dietcoke  dilligaf  dingdong  dinosaur  director  discover  dkflbckfd  dkflbvbh  doberman  dodgeram  doghouse
dolphins  doomsayer.2.7mords.v  doomsayer.2.7mords.vv  doughboy  downtown  drowssap  drpepper  dthjybrf
eastside  eatpussy  einstein  ekaterina  electric  elephant  elizabet  elizabeth  emmanuel  engineer  enterpri
enterprise  ericsson  eternity  excalibu  explorer  familiyafamiliya  february  federico  fernando  ferrari1
fireball  firebird  fishing1  fktrcfylh  fktrcfylhf  flamingo  fletcher  florence  florida1  flounder  football
football1  fordf150  formula1  francesc  francois  franklin  freckles  frederic  fredfred  freedom1  freepass
freeporn  freeuser  friend of emily  friend of gerly  front242  frontier  fuck_inside  fuckface  fuckfuck
fuckthis  fuckyou1  fuckyou2  function  fyfcnfcbz  gabriell  gandalf1  gangbang  gangster  garfield  gargoyle
gateway1  geronimo  gesperrt  getmoney  gfhjkm123  ghbdtnbr  ghjcnjnfr  giovanni  giuseppe  gladiator  gn56gn56
godfather  godsmack  godzilla  goldberg  goldfish  goldstar  goldwing  golfball  golfgolf  goodluck  goodtime
gordon24  gotohell  grateful  greatone  greenbay  greenday  gretchen  guardian  guinness  halflife  hamilton
handsome  hannibal  happy123  happyday  hardcock  hardcore  hardrock  harrison  hastings  hawkeyes  hayabusa
hd764nw5d7e1vb1  hd764nw5d7e1vbv  heather1  hedgehog  heineken  hellfire  hello123  hellyeah  hercules  highland
hollywoo  hollywood  holyshit  hongkong  hoosiers  hotpussy  hotstuff  hurrican  hyperion  icecream  idontknow
ihateyou  illusion  ilovesex  iloveyou  immortal  imperial  inactive1996aug  infantry  infiniti  infinity
internet  intrepid  intruder  isabella  isabelle  jackson1  james007  jamesbon  jamesbond  japanese  jasmine1
jeanette  jennifer  jeremiah  jessica1  johannes  john!20130605at1753  johnjohn  jonathan  jordan23  juliette
justdoit  juventus  kamikaze  kangaroo  karolina  kartoffelpuffer  katerina  kathleen  kawasaki  kcj9wx5n
kentucky  kenworth  keyboard  keystone  killbill  kimberly  kingfish  kingkong  kingston  kittycat  knickers
kristina  kristine  labrador  lacrosse  lancelot  lasvegas  lawrence  leavemealone  leonardo  lesbians  letmein1
letmein2  lhbjkjubz2957704  lifehack  lifetime  lightnin  lightning  lightpower12345  lineage2  lionking
lisalisa  liverpoo  liverpool  logitech  lokomotiv  lollipop  lonestar  lonewolf  longhorn  lorraine  lovelove
loverboy  lowrider  luckydog  lytdybrbdfvgbhf  macdaddy  madeline  madison1  magicman  magnolia  mailcreated5240
majestic  makaveli  mamapapa  manchest  manchester  manchesterunited  mandingo  maradona  marathon  margaret
margarita  marianne  mariners  marino13  marlboro  marshall  martinez  maryjane  maryland  matthew1  maverick
mazafaka  meatball  meathead  meatloaf  mechanic  medicine  mega_pizdetz666  megadeth  megapass  megatron
melissa1  meowmeow  mercedes  meredith  meridian  mersedes  metallic  metallica  michael1  michaela  michelle
michigan  microlab  microsof  microsoft  midnight  migrationschool  mikemike  military  minecraft  mistress
mitchell  mohammed  momsanaladventure  monalisa  moneyman  mongoose  monopoly  monster1  montgom240  montreal
moonlight  morpheus  morrison  mortgage  motherfucker  motherlode  motorola  mountain  multiplelo  munchkin
mushroom  musicman  mustang1  mustangs  napoleon  nathalie  national  ncc1701a  ncc1701d  ncc1701e
ne_e_pod_chehyl  nebraska  nemvxyheqdd5oqxyxyzi  newcastl  neworleans12345  newyork1  nicholas  nick1234-rem936
nintendo  nokia6300  november  nuttertools  nwo4life  oblivion  oklahoma  operator  original  overkill  overlord
p0015123  pa55w0rd  pa55word  packers1  paintbal  paintball  pakistan  panasoni  panasonic  panther1  panthers
pantyhos  paradise  pass1234  passpass  passport  passw0rd  passwor1  password  password1  password123
passwordassword  passwordpassword  passwords  passwordstandard  passwort  patricia  patrick1  patriots  pavilion
pearljam  peekaboo  penelope  penguins  penthous  personal  peterpan  peterson  philippe  phillies  phillips
phoenix1  pianoman  pineappl  pingpong  pinkfloy  platinum  playtime  pleasure  plymouth  pokemon1
polniypizdec0211  polniypizdec1102  polniypizdec110211  poohbear  poontang  pooppoop  porkchop  pornstar
porsche9  portland  portugal  poseidon  positive  precious  predator  presario  princess  punisher  punkrock
pussycat  q1w2e3r4  q1w2e3r4t5  q1w2e3r4t5y6  q1w2e3r4t5y6u7i8  q1w2e3r4t5y6u7i8o9p0  qawsedrf  qazwsx12
qazwsx123  qazwsxed  qazwsxedc  qazwsxedcrfv  qazwsxedcrfvtgb  qazxswedc  qweasdzxc  qwer1234  qwerasdf
qwert123  qwertasdfgzxcvb  qwerty12  qwerty123  qwerty1234  qwerty12345  qwerty123456  qwerty123456789  qwertyui
qwertyuio  qwertyuiop  qwertyuiop12345  r2d2c3po  ragnarok  raiders1  railroad  raistlin  rammstein  rangers1
rasputin  rastaman  realmadrid  rebecca1  recovery  redalert  redskins  redwings  remember  renegade  research
resident  rfnthbyf  rhbcnbyf  rhfcjnrf  rhiannon  richard1  richards  richmond  rightnow  rjirfrgbde  rjycnfynby
roadkill  roadking  robinson  robotech  rockford  rockhard  rockstar  rolltide  romashka  rootbeer  rosemary
runescape  rush2112  sailboat  salamander  salvador  samantha  samsung1  sandiego  santiago  sapphire  saratoga
satan666  saturday  savannah  scarface  scarlett  scoobydo  scooter1  scorpion  scotland  sdf7asdf6asdg8df
sebastia  sebastian  security  seinfeld  seminole  semperfi  sentinel  septembe  september  serenity
sersolution  sexygirl  shamrock  shaney14  shannon1  sherlock  sherwood  shithead  shopping  showtime  simpsons
sinclair  sithlord  skittles  skorpion  skywalke  skywalker  slapshot  slipknot  smeghead  sneakers  snickers
snoopdog  snowball  snowboar  snuggles  socrates  softball  software  sojdlg123aljg  solution  somanypickles27
somethin  something  soso123aljg  southern  southpark  spaceman  spanking  spartans  spectrum  spiderma
spiderman  spitfire  splinter  spongebob  springer  squirrel  srinivas  stallion  standard  starbuck  starcraft
stardust  starfire  starfish  stargate  starship  startrek  starwars  steelers  stefangreil1983  stephani
stephanie  sterling  stingray  stocking  stonecol  stranger  stripper  sundance  sunflowe  sunnyday  sunshine
super123  superfly  superman  superman1  supersta  superstar  svetlana  sweetpea  swimming  swingers  swordfis
swordfish  syncmaster  syracuse  tacobell  tarheels  tazmania  technics  terminal  terminator  terrapin
test1234  testtest  thailand  thanatos  thankyou  thegreat  theodore  thirteen  thompson  thuglife  thunder1
thursday  tiberius  tinkerbell  titanium  titleist  together  tommyboy  tomorrow  tottenha  translator  traveler
treasure  trfnthbyf  triangle  trinidad  trombone  truelove  trustno1  tunafish  turkey50  twilight  ultimate
umbrella  underdog  undertaker  universe  usuckballz1  vacation  valencia  valentin  valentina  valhalla
vanhalen  verbatim  veronica  veronika  vfhufhbnf  vfrcbvrf  vfvfgfgf  victoria  viewsonic  viktoria  virginia
vkontakte  vladimir  vladislav  warcraft  warhammer  warriors  waterloo  webmaster  welcome1  werewolf  westside
westwood  wetpussy  whatever  whiskers  whitesox  whocares  wildcats  wildfire  william1  williams  winston1
wolfgang  wolfpack  wolverin  wolverine  woofwoof  wordpass  wrangler  wrestlin  wrestling  wrinkle1  yankees1
yfdbufnjh10305070  yosemite  zaq12wsx  zaq1xsw2  zeppelin  zerocool  zqjphsyf6ctifgu  zxasqw12  zxcasdqwe
zxcv1234  zxcvbnm1  zxcvbnm123456789  пїѕпїѕпїѕпїѕпїѕ  пїѕпїѕпїѕпїѕпїѕпїѕ  пїѕпїѕпїѕпїѕпїѕпїѕпїѕ
пїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕ  пїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕ
`.trim().split(/ {2}|\n/));
