/**
 * The thousand most common passwords of the server's list, and all of eleven
 * characters and more. The meter takes whatever is shorter for a possible entry. Case-folded.
 */

export const common = new Set(String.raw`
"1,00001e+14"  "zxcvbnm,./"  $hex[2623323333363a]  $hex[266865617274733a]  $hex[3030303030300d]
$hex[3130323033300d]  $hex[3131313131310d]  $hex[3131323233330d]  $hex[3132313231320d]  $hex[3132330d]
$hex[3132333132330d]  $hex[3132333132333132330d]  $hex[3132333332310d]  $hex[313233340d]  $hex[31323334350d]
$hex[3132333435360d]  $hex[313233343536370d]  $hex[31323334353637380d]  $hex[3132333435363738390d]
$hex[313233343536373839300d]  $hex[31323334717765720d]  $hex[3132333635340d]  $hex[3132337177650d]
$hex[3135393335370d]  $hex[3135393735330d]  $hex[315132773365347235740d]  $hex[3171327733650d]
$hex[31713277336534720d]  $hex[317132773365347235740d]  $hex[3171617a327773780d]  $hex[3232323232320d]
$hex[3333333333330d]  $hex[343831353136323334320d]  $hex[3535353535350d]  $hex[3635343332310d]
$hex[3636363636360d]  $hex[3737373737370d]  $hex[373737373737370d]  $hex[3838383838380d]
$hex[392d31312d313936310d]  $hex[393131313936310d]  $hex[3938373635343332310d]  $hex[3939393939390d]
$hex[3c626c616e6b3e0d]  $hex[45786967656e740d]  $hex[4ed26f20646566696e69646f]  $hex[5177657274790d]
$hex[6162633132330d]  $hex[617364663a6c6b6a]  $hex[6173646667686a6b6c3a262333393a]  $hex[6173646667686a6b6c3a]
$hex[617364666a6b6c3a]  $hex[636570657473756769680d]  $hex[65786967656e740d]  $hex[6766686a6b6d0d]
$hex[696c6f7665796f750d]  $hex[6b2e3a]  $hex[6b6c61737465720d]  $hex[6c69766572706f6f6c0d]
$hex[6c6f76656c790d]  $hex[6d69636861656c0d]  $hex[6d6f6e6b65790d]  $hex[6e756c6c0d]  $hex[70616b697374616e0d]
$hex[70617373776f72640d]  $hex[7072696e636573730d]  $hex[71317732653372340d]  $hex[71617a7773780d]
$hex[71717777313132320d]  $hex[7177653132330d]  $hex[7177657274790d]  $hex[7177657274793132330d]
$hex[71776572747975696f700d]  $hex[73616d73756e670d]  $hex[73756e7368696e650d]  $hex[7a6b2e3a]  $hex[7a6e743a]
$hex[7a786376626e6d0d]  $hex[7a786376626e6d3a]  $hex[d0fcf0a5f02bf0a2d0efd0eaf0a6f0a5]
$hex[f02bd0c4f0a6f02bd0c4]  $hex[f02bd0c4f0a6f0a5f0a6d0ee]  $hex[f02bd0c7f0a9f0a6f0c1d0e9]
$hex[f02bd0f9f0e0f02bd0f9f0e0f02bd0f9f0e0f02bd0f9f0e0]  $hex[f02bf0a6d0c7f0a5f02bd0ee]
$hex[f02bf0a6d0c7f0a9f0a2f0a6]  $hex[f02bf0a6f02bf0a5d0e7f0a6f0a6]  $hex[f02bf0a6f0a6d0fcf0a9f02b]
$hex[f0a2f0a6d0e9f0a6d0eaf0a6]  $hex[f0a6d0c7f0a9d0fcd0e9f0a9f0a2f0a6]  $hex[f0a6d0e5d0e2f0a6f0c1f0a2]
$hex[f0a6f0a2f0a6d0c7f0c1f0a6]  $hex[f0a6f0a2f0a6d0fcd0e9f0a6d0fcf0a9d0c5]  0.0.0.000  000000000000
0000000000d  0000000000o  01011910  01011970  01011975  01011980  01011981  01011984  01011985  01011986
01011987  01011988  01011989  01011990  01011991  01011992  01012000  01012001  01012010  01012011
010203040506  01091989  01234567890  012345678910  014702580369  01telemike01  02071982  02071986  03082006
050605rostik  0987654321a  0987654321q  0r968ji9ufj6  10203040  102030405060  1029384756  1029384756q
10987654321  11111111  11111111111  111111111111  111111111111111  1111111111zz  11112222  111222333
111222333000  111222333444555  111222tianya  11223344  1122334455  112233445566  11235813  1123581321
12131415  122333444455555  12312312  123123123123  123123qweqwe  1232323q  123321123  123321123321
123321456654  123321qweewq  12344321  123454321  1234554321  1234554321a  1234554321q  123456123456
12345654321  123456654321  12345672000  12345677654321  12345678  123456782000  1234567887654321  123456789
1234567890  1234567890-  1234567890-=  12345678900  123456789000  12345678900987654321  12345678901
123456789012  1234567890123  12345678901234567890  1234567890987654321  1234567890a  1234567890d  1234567890l
1234567890m  1234567890o  1234567890p  1234567890q  1234567890qaz  1234567890qw  1234567890qwe
1234567890qwerty  1234567890qwertyuiop  1234567890s  1234567890w  1234567890z  1234567890zzz  12345678910
123456789101  1234567891011  123456789101112  12345678912  123456789123  123456789123456  1234567891234567
123456789123456789  1234567892000  12345678987654321  123456789987654321  123456789a  123456789aa
123456789aaa  123456789abc  123456789as  123456789asd  123456789q  123456789qaz  123456789qq  123456789qqq
123456789qw  123456789qwe  123456789qwer  123456789qwerty  123456789z  123456789zx  123456789zxc  123456789zz
12345678a  12345678q  12345678qwe  12345679  1234567a  1234567q  1234567qwertyu  123456aa  123456qwert
123456qwerty  123456zxcvbn  12345qazwsx  12345qwe  12345qwert  12345qwert7  12345qwerty  1234abcd  1234qwer
1234qwerasdf  1234qwerasdfzxcv  123654789  12369874  123698745  123789456  123admin321  123admin321a
123ewqasdcxz  123hfjdk147  123password  123qwe123  123qwe123qwe  123qwe456rty  123qweasd  123qweasdzx
123qweasdzxc  123qwerty  123qwerty123  12qw34er  12qw34er56ty  12qwaszx  13243546  135792468  13587930210
14725836  147258369  147852369  14789632  147896325  15426378  159753159753  159753456852  18436572  192837465
193570356033  19411945  1986irachka  19960610ilja  1a2a3a4a5a6a  1a2b3c4d  1a2s3d4f5g6h  1passwor  1q2w3e4r
1q2w3e4r5  1q2w3e4r5t  1q2w3e4r5t6  1q2w3e4r5t6y  1q2w3e4r5t6y7u  1q2w3e4r5t6y7u8i  1q2w3e4r5t6y7u8i9o
1q2w3e4r5t6y7u8i9o0p  1qa2ws3ed  1qa2ws3ed4rf  1qa2ws3ed4rf5tg  1qaz2wsx  1qaz2wsx3edc  1qaz2wsx3edc4rfv
1qazxsw2  1qazxsw23edc  1qazxsw23edcvfr4  1qwertyuiop  1x2zkg8w  20070509031  21122112  23176djivanfros
23wkoa0fp78dk  25802580  31217221027711  31415926  321654987  32615948worms  3s43pth5aea  41d8cd98f00b
420842084208555  421uiopy258  4815162342  4815162342a  4815162342lf  4815162342lost  4815162342q  4904s677075
51051051051  51505150  520love101182  541233432442  5532361cnjqrf  59382113kevinp  6215mila6215  70780070780
73501505  741852963  742617000027  7777755102q  78945612  789456123  80361665abc  80637852730  8096468644q
80972694711  80988218126  87e5nclizry  88002000600  89015173454  89032073168  89057003343  89063032220m
89132664230  89172735872  89181502334  89211375759  89231243658s  89600506779  89614774181  89876065093rax
89semtsriuty  8j4ye3uz  963852741  ??????@mail.ru  @bigmir.net  a1234567  a123456789  a1234567890  a1b2c3d4
a1s2d3f4  a1s2d3f4g5h6  aa123456789  aardvark  abc12345  abc123456789  abcd1234  abercrombie  aberdeen
abracadabra  abrakadabra  access14  accountbloc  achilles  adgjmptw  admin18533362  administrator  adrienne
afghanistan  agent007  airborne  airforce  airplane  akademiks11  aksjdlasdakj89879  albatros  alejandr
aleksandr  aleksandra  alexande  alexander  alexandr  alexandra  alkanaft123  allahuakbar  alliance
alpha135792468  alternativa  alternative  amadeusptfcor  amdturion64  america1  american  amsterda  amsterdam
an83546921an13  anaconda  anastasia  anderson  andrewjackie  andromeda  angelica  angelina  angelseye22
anhyeuem  antananarivu  anthony1  anything  anytimetoday  apokalipsis  apollo13  apple123  applepie  aquarius
arabella24630  arsenal1  asd123asd123  asdf1234  asdfasdf  asdfgh123456  asdfghjk  asdfghjkl  asdfghjkl12
asdfghjkl123  aspirine  assassin  asshole1  assholes  astalavista  astonmartin  astra334566  atlantic
atlantis  attitude  auckland2010  australi  australia  avalanch  avrillavigne  awo8rx3wa8t  azsxdcfv
azwebitalia  babyblue  babydoll  babyface  babygirl  babylon5  backdoor  badiman28200  badnaamhere
baili123com  balloons  bangbang  barcelon  barcelona  barefoot  baseball  basketba  basketball  basketball1
battlefield  bearbear  beatrice  beautiful  beefcake  beerbeer  benjamin  bestfriends  bhrh0h2oof6xbqjeh
bigballs  bigboobs  bigdaddy  bigmoney  billybob  billyboy  birthday  birthday100  birthday133  birthday299
blackbir  blackcat  blackcat123  blackdog  blackdragon  blackhaw  blackjac  blackman  blacksonblon
bladerunner  blahblah  blessing  blink182  blizzard  bltynbabrfwbz  bluebird  blueblue  blueeyes  bluemoon
bmvm3e46gtr  bobafett  bollocks  bonehead  boomboom  boy4u2ownnyc  bpgjldsgjldthnf  bradford  brandon1
brewster  brighton  brittany  broadway  brooklyn  brothers  brucelee  buckeyes  buckshot  budlight  budweise
bulldog1  bulldogs  bullnuts2003  bullseye  bullshit  bunghole  business  businessbabe  butterfl  butterflies
butterfly  butthead  butthole  bvncnbnvvbn  byajhvfnbrf  cadillac  caliente  californ  california  california1
caligula  callaway  cambiami  campbell  canadian  candyfinger  candyman  capricornio  cardinal  carolina
caroline  casanova  catalina  caterpillar  catherin  catherine  cavalier  cds04121989  cdtnkfyf  cegthgfhjkm
cerberus  cfitymrf  chainsaw  champion  chandler  changeme  chargers  charles1  charlie1  charlott  charlotte
charlton  cheburashka  cheerleader  cheerleaers  cheeseburger  chelsea1  chemical  cherokee  chessmaster
chester1  chesterfield  chevelle  chevrole  cheyenne  chicago1  chicken1  chickens  chickenwing101  children
chocolat  chocolate  chrisbln  christia  christian  christie  christin  christina  christine  christop
christopher  christopher1  chuckles  cinnamon  civilization  cjdthitycndj  cjkysirj  cjmasterinf  clarence
clarinet  clevelan  clifford  clitoris  clubpenguin  cnfc35762209  cocacola  cockgobbler  colombia  colorado
coltrane  columbia  columbus  combat123654  comicbookdb  commando  computadora  computer  computer123
concrete  configuratio  confused  constantine  construction  consumer  contortionist  cookiemonster  cooldude
corperfmonsy  corporation  corvette  cosmopolitan  cosworth  counterstrike  courtney  cowboys1  crawford
crazybab  creampie  creative  cristina  crjhgbjy  crusader  crystal1  ctdfcnjgjkm  cxfcnmttcnm  cyberonline
cyjdsvujljv  dangerous12  danielle  dannyboy  darkness  darkside  darkstar  davidson  dbrnjhbz  deadhead
december  deepthroat  deeznuts  deeznutz  defender  deftones  demon1q2w3e  demon1q2w3e4r  demon1q2w3e4r5t
depechemode  description  designer  destruction  deutschland  devildog  devildriver  devilmaycry  devilmaycry4
dfg5fhg5vgfh1  dfktynbyf  dhjnvytyjub  diamond1  diamonds  dickhead  dietcoke  digitalprodu  dilligaf
dingdong  dinosaur  director  discover  dkflbckfd  dkflbdjcnjr  dkflbvbh  dkflbvbhjdbx  dkflbvbhjdyf
dmiller12as  doberman  dodgeram  doghouse  dogphil3650  dolphins  domainlock2005  doomsayer.2.7mords.v
doomsayer.2.7mords.vv  doughboy  downtown  dragonballz  dragonforce  dreamonline  drowssap  drpepper
drumandbass  dthjybrf  eastside  eatpussy  edwardcullen  einstein  ejaculation  ekaterina  ekaterina20
electric  electronics  elephant  elizabet  elizabeth  emmanuel  engineer  engineering  enterpri  enterprise
entertainment  ericsson  eternity  ethanryan01  evanescence  excalibu  experienced  explorer  eybdthcbntn
ezekiel11991  fallen_angel  fallenangel  familiyafamiliya  fatima753357  fcbarcelona  fcnfkfdbcnf  fdnjhbpfwbz
february  federico  fernando  ferrari1  fgjrfkbgcbc  finalfantasy  findaupair007  fireball  firebird
firefighter  firestarter  firstone123  fishing1  fkmnthyfnbdf  fktrcfylh  fktrcfylhf  fktrcfylhjd
fktrcfylhjdbx  fktrcfylhjdf  fktrcfylhjdyf  flamingo  flatblocker  fletcher  florence  florida1  flounder
flowerpower  flvbybcnhfnjh  football  football1  football123  fordf150  foreveryoung  forgetmenot  formula1
forzanapoli  francesc  francois  franklin  freckles  frederic  frederiksberg  fredfred  freedom1  freepass
freeporn  freeuser  freyfvfnfnf  friend of emily  friend of gerly  friend of joan  fromvermine  front242
frontier  fuck_inside  fuckface  fuckfuck  fuckthemall  fucktheworld  fuckthis  fuckyou1  fuckyou2
fuckyoubitch  fuckyouguys  fufnfrhbcnb  function  fyfcnfcbz  fyfnjkmtdbx  fyfnjkmtdyf  fynfyfyfhbde
g13916055158  gabriell  galatasaray  gandalf1  gangbang  gangster  garfield  gargoyle  gateway1  geronimo
gesperrt  getmoney  gettherefast  gfhfktkjuhfv  gfhfvgfvgfv  gfhjkm123  gfhjkmgfhjkm  ghbdtnbr  ghbdtnghbdtn
ghbdtnrfrltkf  ghhh47hj764  ghhh47hj7649  ghjatccbjyfk  ghjcnbnenrf  ghjcnjgbpltw  ghjcnjgfhjkm  ghjcnjghjcnj
ghjcnjnfr  ghjcnjqgfhjkm  ghjcnjrdfibyj  ghjcnjrdfif  ghjnbdjcnjzybt  ghjrehfnehf  ghjuhfvvbcn  ghtdtlvtldtl
gigaman8891  gilbert2707  giovanni  giuseppe  gjhjlfcjqrb  gjkysqgbpltw  gjytltkmybr  gladiator  gn56gn56
godfather  godsmack  godzilla  goldberg  goldfish  goldstar  goldwing  golfball  golfgolf  goodluck
goodmorning  goodtime  googletester  gordon24  gotohell  grandmaster  grasshopper  grateful  greatone
greedisgood  greenbay  greenday  greenlantern  gretchen  gtavicecity  gthtcnhjqrf  gthtrfnbgjkt  gthtrhtcnjr
gtnhjpfdjlcr  guardian  guinness  gwarmonster  halflife  hamilton  handsome  hannahmontana  hannibal  happy123
happyday  hardcock  hardcore  hardrock  harekrishna  harrison  harrypotter  hastings  hawkesbury93  hawkeyes
hayabusa  hbhc8290826  hd764nw5d7e1vb1  hd764nw5d7e1vbv  heather1  hedgehog  hedimaptfcor  heineken  hellfire
hello123  hellyeah  hercules  heterosexual  highland  hollywoo  hollywood  holyshit  hongkong  hoosiers
hotmail.com  hotpussy  hotstuff  htubcnhfwbz  hurrican  hyperion  iampurehaha2  icecream  ichliebedich
idontknow  ihatethisgame  ihateyou  illusion  iloveboobies  ilovemyfamily  ilovemykids  ilovemylife
ilovemyself  ilovesex  iloveyou  iloveyou123  iloveyou143  imagination  immortal  imperial  imyaimyaimya
inactive1996aug  independent  infantry  infiniti  infinity  information  ingodwetrust  installdevic
installsqlst  installutil  intelinside  intelligence  intercourse  international  internazionale  internet
intrepid  intruder  ipo54tj45uy856  isabella  isabelle  iseedeadpeople  iw14fi9jwqa  jackdaniels  jackson1
james007  jamesbon  jamesbond  jamesbond007  japanese  jasmine1  jeanette  jennifer  jeremiah  jessica1
jesuschrist  jesuscristo  jesusislord  jesuslovesme  jfgvcqbuzug  jiang8kevin  jkiuztdftl57  jlbyjxtcndj
jobshop2002  johannes  john!20130605at1753  johnjohn  jonathan  jordan23  josephphone7  juliette
jundian2011xr  justdoit  justinbiebe  justinbieber  juventus  ka_djkhjsy6  kaliningrad  kamelia2011  kamikaze
kangaroo  karolina  kartoffelpuffer  katerina  kathleen  kawasaki  kcj9wx5n  kentucky  kenworth  keyboard
keystone  killbill  kimberly  kingfish  kingkong  kingston  kittycat  knackwurst8853  knickerless  knickers
knucklehead  kristina  kristine  ktjynsq40147  kuana230345  labrador  lacrosse  lamborghini  lancelot
lasvegas  laurel12creek  lawrence  leavemealone  ledzeppelin  leliane50934  leolong1985  leonardo  lesbians
letmein1  letmein2  lfplhfgthvf  lhbjkjubz2957704  lifehack  lifetime  lightnin  lightning  lightpower12345
lineage2  linkedin123  linkedin2011  lionking  lisalisa  littlebitch  littleminge  littlewhore  liverpoo
liverpool  liverpool123  liverpoolfc  lkjhgfdsazx  logitech  lokomotiv  lollipop  lonestar  lonewolf  longhorn
lorraine  lost4815162342  love777321777  loveforever  lovelove  lovelovelove  loverboy  lowrider  luansantana
luckydog  lydcc20091314  lytdybrbdfvgbhf  lytghjgtnhjdcr  m01759766727  ma123123123  macdaddy  madeline
madison1  magicman  magnolia  mailcreated5240  maintenance  majestic  makaveli  mamapapa  manchest  manchester
manchester1  manchesterunited  mandingo  mangust6403  mapet123456  maprchem56458  maradona  marathon
marcuseckos  marek14michal  margaret  margarita  marianne  marinamarina  mariners  marino13  mario140773
markhegarty  marlboro  marseille13  marshall  martinez  maryjane  maryland  massimiliano  masterbaiting
masterbating  masterchief  masturbation  mathematics  matthew1  maurolarastefy  maverick  maximiliano
mazafaka  meatball  meathead  meatloaf  mechanic  medicine  mega_pizdetz666  megadeth  megaparol12345
megapass  megatron  melissa1  meowmeow  mercedes  meredith  meridian  mersedes  metallic  metallica
mevefalkcakk  michael1  michaela  michaeljackson  michelle  michigan  mickeymouse  microlab  microsof
microsoft  midnight  migrationschool  mikemike  military  millionaire  minecraft  minecraft123  minicalibra
minnesota_hp  mississippi  mistress  mitchell  moderncombat  mohammed  momsanaladventure  monalisa  moneyman
mongoose  monopoly  monster1  montgom240  montgom2409  montreal  moonlight  morganstanley  morpheus  morrison
mortalkombat  mortgage  motherfucker  motherlode  motorola  mountain  mrf11277215  msoracle32re  msorcloledbr
multiplelo  multiplelog  munchkin  mushroom  musicman  mustang1  mustangs  n8zgt5p0shw=  napoleon
nastyanastya  nathalie  natiichen999  national  ncc1701a  ncc1701d  ncc1701e  ne_e_pod_chehyl  nebraska
necromancer  necronomicon  needforspeed  nemvxyheqdd5oqxyxyzi  networkingpe  nevergiveup  neverwinter
newcastl  neworleans12345  newpassword  newproject2004  newyork1  nhbujyjvtnhbz  nhecsyfujkjdt  nhfdvfnjkju123
nhfycajhvths  nicholas  nick1234-rem936  nightcrawler  nintendo  nks230kjs82  nokia6300  nomeacuerdo
nondriversig  noonehackme  nostradamus  nothings123  november  novosibirsk  nthvbyfnjh2  ntktdbpjh1994
nuttertools  nwo4life  oblivion  oklahoma  olcrackmaster  omgkremidia  onedirection  onetwothree  ontheoutside
operator  original  overkill  overlord  p0015123  p030710p$e4o  pa55w0rd  pa55word  packers1  paintbal
paintball  pakistan  pakistan123  pakistan786  panasoni  panasonic  pandemonium  panther1  panthers  pantyhos
paradise  paraklast1974  pass1234  passpass  passport  passw0rd  passwor1  password  password1  password123
password1234  password12345  password123456  passwordassword  passwordpassword  passwords  passwordstandard
passwort  patricia  patrick1  patriots  pavilion  pazzword123  pe#5gz29ptzmse  peanutbutter  pearljam
peekaboo  penelope  penetrating  penetration  penguins  penthous  performance  personal  peterpan  peterson
pfqwtd27121988  philadelphia  philippe  philippines  phillies  phillips  phoenix1  pianoman  pineappl
pingpong  pinkfloy  pinkpanther  platinum  playstation  playstation2  playstation3  playtime  pleasure
plymouth  pokemon1  polniypizdec0211  polniypizdec1102  polniypizdec110211  poohbear  poontang  pooppoop
porkchop  pornografia  pornographic  pornography  pornstar  porsche9  portland  portugal  poseidon  positive
precious  predator  premiumcash  presario  primetime21  princess  princess123  principessa  prisonbreak
professional  progressive  projectsadminx  przyjaciolki  ptybnxtvgbjy  pufunga7782  punisher  punkrock
punksnotdead  pussycat  pussylicker  q1234567890  q1w2e3r4  q1w2e3r4t5  q1w2e3r4t5y6  q1w2e3r4t5y6u7
q1w2e3r4t5y6u7i8  q1w2e3r4t5y6u7i8o9p0  qawsedrf  qawsedrftgyh  qaz123wsx456  qaz26101778  qazwsx12  qazwsx123
qazwsx12345  qazwsx123456  qazwsxed  qazwsxedc  qazwsxedc12  qazwsxedc123  qazwsxedcrfv  qazwsxedcrfvtgb
qazwsxqazwsx  qazxswedc  qazxswedc123  qazxswedcvfr  qdujvyg5sxa  qq123456789  queenas8151  quicksilver
qwaszxerdfcv  qwe123qwe123  qweasdzxc  qweasdzxc12  qweasdzxc123  qwegta13091990  qwer1234  qwerasdf
qwerasdfzxcv  qwert123  qwertasdfgzxcvb  qwerty12  qwerty123  qwerty1234  qwerty12345  qwerty123456
qwerty123456789  qwertyasdfgh  qwertyqwerty  qwertyui  qwertyuio  qwertyuiop  qwertyuiop1  qwertyuiop10
qwertyuiop12  qwertyuiop123  qwertyuiop12345  qwertyuiop[]  qwertyytrewq  r2d2c3po  ragnarok  raiders1
railroad  raistlin  rammstein  rangers1  rasputin  rastaman  rattlesnake  realmadrid  rebecca1  recovery
redalert  redskins  redwings  remember  renegade  research  resident  residentevil  reymysterio  rfgecnfcerf
rfkmrekznjh  rfnthbyf  rfnthbyf1988  rhbcnbyf  rhbcnbyjxrf  rhfcjnrf  rhiannon  richard1  richards  richmond
rightnow  rjirfrgbde  rjkjrjkmxbr  rjycnbnewbz  rjycnfynby  roadkill  roadking  roanne42300  robinson
robotech  rockandroll  rockford  rockhard  rockstar  rolltide  romashka  ronaldinho10  rootbeer  rosemary
runescape  rush2112  s8ylpe9jdpvym  sagittarius  sailboat  salamander  salvador  samantha  samsung1  sandiego
sanfrancisco  santiago  sapphire  saratoga  satan666  sataniv1993  satisfaction  saturday  saun24865709
savannah  scandinavian  scarface  scarlett  schoolgirlie  scoobydo  scooter1  scorpion  scotland
sdf7asdf6asdg8df  sdicmt7seytn  sebastia  sebastian  sebastian106  security  seemnemaailm  seinfeld  seminole
semperfi  seniseviyor  seniseviyorum  sentinel  septembe  september  serendipity  serenity  sersolution
sexygirl  shakespeare  shamrock  shaney14  shannon1  shelbygt500  sherlock  sherwood  shithappens  shithead
shopping  showtime  silverstone  simpsons  sinclair  sithlord  skittles  skorpion  skywalke  skywalker
slapshot  slipknot  slipknot666  smeghead  sneakers  snickers  snoopdog  snowball  snowboar  snuggles
socrates  softball  software  sojdlg123aljg  solution  somanypickles27  somethin  something  sonnenschein
sonyericsson  soso123aljg  southern  southpark  spaceman  spanking  spartak1922  spartans  specialinsta
spectrum  spiderma  spiderman  spionin8688  spitfire  splinter  spongebob  springer  springfield  springsteen
squirrel  srinivas  stallion  standard  starbuck  starcraft  stardust  starfire  starfish  stargate  starship
startfinding  startrek  starwars  starwars111  starwars123  starwarsfan10  steamforums  steelers
stefangreil1983  steflio3123  stephani  stephanie  sterling  stickdaddy77  stingray  stinkyfinger  stocking
stonecol  stranger  stratocaster  stripper  studioworks  sundance  sundaypunch  sunflowe  sunnyday  sunshine
super123  superfly  superman  superman1  superman123  supermanboy  supernatural  supersta  superstar
sutvsc5ysaa  svetlana  sweetdreams  sweetpea  swimming  swingers  swordfis  swordfish  syncmaster  syracuse
systemofadown  t34vfrc1991  tacobell  tadmichaels  taishan2011  tarheels  tazmania  technics  telechargement
temppassword  teonamaria1  terminal  terminator  terrapin  test1234  testtest  thailand  thanatos  thankyou
thecakeisalie  thegreat  thegreat123  theodore  thesimpsons  thirteen  thompson  thuglife  thunder1
thunderbird  thursday  tiberius  ticketmaster  tinkerbell  tinkerbell1  titanium  titleist  together  tommyboy
tomorrow  total12scherz  tottenha  transformer  transformers  translator  traveler  treasure  trfnthbyf
triangle  trinidad  trombone  truelove  trustno1  tunafish  tupacshakur  tuputamadre  turkey50  twilight
ublhjgjybrf  ubnkthrfgen  ufhhbgjnnth  ujkjdjkjvrf  ukflbfnjh12  ultimate  umbrella  unbelievable  underdog
underground  undertaker  universe  universidad  userexecute  usuckballz1  utyyflmtdyf  vacation  valencia
valentin  valentina  valhalla  vanhalen  vanyarespekt  venom121293  verbatim  veronica  veronika  verygoodbot
vfhbyfvfhbyf  vfhufhbnf  vfrcbvrf  vfrcbvvfrcbv  vfvfgfgf  vfvfgfgf123  vfvfvskfhfve  victoria  viewsonic
viktoria  virginia  vitor1268123  vkontakte  vladimir  vladimirovna  vladislav  vladivostok  w5txn36alfw
warcraft  warhammer  warhammer40k  warriors  waterloo  wazzkaprivet  wcrfxtvgbjy  webmaster  websolutions
websolutionssu  webuivalidat  weihnachten  weihnachtsbau  weihnachtsbaum  welcome1  werewolf  weronika1992
westside  westwood  wethepeople  wetpussy  whatever  whatthefuck  whatthehell  whiskers  whitesox  whocares
whosyourdaddy  wildcats  wildfire  william1  william2631  williams  winnipeg261  winston1  wolfgang  wolfpack
wolverin  wolverine  wonderwoman  woofwoof  wordpass  wrangler  wrestlin  wrestling  wrinkle1  writerspace
xantria10315  xiang123456  xige5516726  xpressmusic  xtseo2011tdx  xxxp455w0rd5  yandi20080527  yankees1
yaoiisgrand  yemi19900911  yfdbufnjh10305070  yfdbufnjh63  yjdsqgfhjkm  yosemite  yuantuo2012  z0102030405
z1x2c3v4b5n6  z1x2c3v4b5n6m7  zaq12wsx  zaq12wsxcde3  zaq1xsw2  zaq1xsw2cde3  zaqwsxcderfv  zcfvfzkexifz
zcxfcnkbdfz  zeppelin  zerocool  zexts364325  zmx870919123  zqjphsyf6ctifgu  zx123456789  zxasqw12  zxcasdqwe
zxcasdqwe123  zxcv1234  zxcvbn123456  zxcvbnm1  zxcvbnm1234  zxcvbnm123456789  zxcvbnmmnbvcxz  пїѕпїѕпїѕпїѕ
пїѕпїѕпїѕпїѕпїѕ  пїѕпїѕпїѕпїѕпїѕпїѕ  пїѕпїѕпїѕпїѕпїѕпїѕпїѕ  пїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕ
пїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕпїѕ
`.trim().split(/ {2}|\n/));
