"""English as data: words by part of speech, names, and the inflections the text grammars need.

Nothing here knows of splits or of sentences; `references` picks and combines.
"""

# Lists of hundreds of words read best as text.
# ruff: noqa: SIM905

import random

PERSON_NOUNS = """
actor architect artist astronaut author baker banker barber beekeeper biologist blacksmith boatman
boxer bricklayer builder butcher candidate captain caretaker carpenter cashier champion chemist
child clerk coach colleague composer conductor cook cousin customer cyclist dancer daughter
dentist designer detective diplomat director doctor driver editor electrician engineer explorer
farmer father firefighter fisherman florist friend gardener geologist goalkeeper governor
grandmother guard guest guide hairdresser hiker historian host hunter inspector interpreter
inventor janitor jeweler journalist judge juggler king knight landlord lawyer lecturer librarian
lifeguard magician manager mathematician mayor mechanic merchant messenger midwife miller miner
minister monk musician neighbour nephew niece novelist nurse officer owner painter passenger
pharmacist philosopher photographer physicist pilot pirate plumber poet politician porter potter
president priest prince princess printer prisoner producer professor programmer pupil queen ranger
receptionist referee refugee reporter researcher runner sailor scholar scientist sculptor
secretary senator servant shepherd shopkeeper singer sister soldier son speaker stranger student
surgeon swimmer tailor teacher tenant thief tourist trader trainer translator traveller treasurer
tutor uncle veterinarian violinist visitor volunteer waiter weaver widow winner witness writer
zookeeper
""".split()

ANIMALS = """
alligator ant antelope badger bat bear beaver bee beetle bison buffalo butterfly camel cat
chameleon cheetah chicken cobra cow coyote crab crane cricket crocodile crow deer dog dolphin
donkey dragonfly duck eagle eel elephant falcon ferret flamingo fox frog gazelle giraffe goat
goose gorilla grasshopper hamster hare hawk hedgehog heron hippo horse hummingbird hyena iguana
jaguar jellyfish kangaroo koala ladybird leopard lion lizard llama lobster lynx magpie mole
mongoose monkey moose moth mouse newt octopus orangutan ostrich otter owl oyster panda panther
parrot peacock pelican penguin pheasant pig pigeon porcupine puffin puma python quail rabbit
raccoon rat raven reindeer rhino robin rooster salamander scorpion seagull seal shark sheep sloth
snail sparrow spider squid squirrel starfish stork swan tiger toad tortoise turkey turtle viper
vulture walrus wasp weasel whale wolf wombat woodpecker worm yak zebra
""".split()

THING_NOUNS = """
account acorn address airport alarm album alley almanac anchor anvil apartment apron arch archive
arena arrow atlas attic axe badge bag balcony ball balloon bandage bank banner barn barrel basin
basket battery beach beacon beam bed bell belt bench bicycle bill blanket blender blade boat
boiler bolt bone book bookshelf boot border bottle boulder bowl box bracelet branch brick bridge
broom brush bucket building bulb bus bush button cabin cabinet cable cage calculator calendar
camera camp canal candle cannon canoe canvas cap car card carpet carriage cart castle catalogue
cathedral cave ceiling cellar chain chair chalk chapel chapter chart chest chimney church cinema
circle clinic cliff clock closet cloud coat coin collar column comb comet compass computer concert
container contract corner corridor cottage couch counter crane crater crate crayon cupboard
curtain cushion dam deck desert desk device diagram diamond diary dictionary dish ditch dock
document door drawer drawing dress drill drum dune easel elevator ember engine entrance envelope
eraser essay factory farm fence ferry festival field file filter finger fireplace flag flame flask
floor flower flute folder footbridge forest fork form fortress fossil fountain frame freezer
fridge funnel furnace galaxy gallery garage garden gate gear generator glacier glass glove goggle
granary grave greenhouse guitar hall hallway hammer handle hangar harbour harp hat headline heater
hedge helmet highway hill hinge hook hospital hostel hotel hourglass house hut iceberg icon igloo
image index inn instrument invoice island jacket jar jewel journal journey jug jungle kettle key
keyboard kitchen kite knife knot label laboratory ladder lagoon lake lamp lamppost lantern laptop
laundry lawn leaf ledger lens letter lever library lighthouse lock locker loft loom machine
magazine magnet mailbox mansion map market mask mast match mattress meadow medal menu microphone
microscope mill mine mirror monastery monitor monument motor mountain mug museum nail napkin
necklace needle nest net newspaper notebook novel oar oasis observatory office orchard oven paddle
page pail palace pan parachute parcel park passage passport path pavement pebble pen pencil
pendulum photograph piano picture pier pillar pillow pipe plane planet plank plant plate platform
playground plough plug pocket pole pond port portrait postcard poster pot printer prison projector
pump puppet purse puzzle pyramid quarry quilt radio raft railing railway ramp receipt recipe
record reef refrigerator report reservoir restaurant ribbon rifle ring river road rocket roof room
root rope route rug ruler saddle sail satellite saucer saw scale scarf school scissor screen screw
script sculpture seat seed shed shelf shell shelter shield ship shirt shoe shop shovel shower
shrine sign signal skateboard sketch skirt sledge sleeve slipper slope sock sofa spade spear
sphere spoon square stable stadium stage staircase stamp star statue stem stone stool stove strap
stream street studio submarine suitcase sundial sword table tablet tank tape tapestry target taxi
teapot telescope television temple tent terrace theatre thermometer thread throne ticket tile
timetable toaster tomb tool torch towel tower town toy tractor trail train tray treasure tree
trench trophy truck trumpet trunk tube tunnel turbine tyre umbrella uniform university valley van
vase vault vehicle veil vessel viaduct village vineyard violin volcano wagon wall wallet wardrobe
warehouse watch waterfall wave wheel whistle windmill window wing workshop yacht yard zipper
""".split()

ABSTRACT_NOUNS = """
ability accident action advantage adventure age agreement aim alternative ambition amount analysis
answer apology appeal appointment approach argument arrangement article aspect attempt attitude
audience average award background balance battle beginning belief benefit bonus breakthrough
budget campaign career case cause celebration century ceremony challenge chance change choice
claim class clue colour combination comment community comparison competition complaint compromise
concept concern conclusion condition conference connection consequence contest context contrast
contribution conversation copy correction cost course crisis custom cycle danger deadline deal
debate debt decade decision decline defeat definition degree delay demand departure description
detail development difference difficulty direction disaster discovery discussion disease disorder
distance doubt dream duty edition effect effort election emergency emotion era error escape event
example exception exchange excuse exercise exhibition experience experiment explanation expression
fact factor failure fashion fault favour feature feeling figure flavour forecast formula
foundation fraction friendship function future game gap generation gesture goal grade group
guarantee guess habit harvest heritage hint holiday hope hour idea illness impact impression
improvement impulse incident income industry influence injury instinct institution insult
intention interest interval interview introduction invention investment invitation issue item joke
judgement kind lack language law lesson level limit list loan loss majority manner margin mark
meaning measurement meeting melody member memory message method milestone mission mistake mixture
moment month mood motive movement mystery myth name narrative need negotiation network night note
notion number object obligation observation obstacle occasion offer opinion opportunity option
orbit order origin outcome outline pace pattern pause payment penalty performance period
permission phase phrase plan pleasure plot policy position possibility practice prediction
preference presence principle prize problem procedure process product profit programme project
promise proof proposal protest proverb purpose quality quantity quarrel quarter question rate
ratio reaction reason recommendation reform refusal region relation relief reminder repair
replacement request rescue reservation response responsibility result reunion reward rhythm riddle
risk role routine rule rumour sacrifice sample scandal scene schedule score season secret section
sensation sentence sequence series service session shadow shape share shift shock shortage sight
silence situation skill solution song sound source speech speed spirit stage standard statement
step story strategy strike struggle style subject success suggestion summary surprise survey
symbol system talent task taste technique tendency term test theme theory threat title tone topic
tour tradition training transition trend trial tribute trick trouble truth union update upgrade
vacancy value variety venture verdict version victory view visit voice vote voyage warning week
weekend wish word year
""".split()

MASS_NOUNS = """
advice air alcohol aluminium amber ammonia anger art ash asphalt bamboo bravery bronze calcium
carbon cargo caution chaos charcoal cheer clay clothing coal cobalt comfort concrete confidence
copper cotton courage courtesy curiosity darkness dew dignity dirt dust ebony education
electricity energy enthusiasm equipment evidence exhaustion faith fame fiction fog freedom fuel
fun furniture gas glue gold granite gratitude gravel gravity grief happiness harmony health heat
helium help history homework honesty hope housework humidity humour hunger hydrogen ice
information ink insulation intelligence iron ivory jealousy joy justice knowledge laughter lava
lead leather leisure light lightning limestone linen logic loyalty luck luggage lumber magic
marble mathematics mercury metal methane mist moisture money moss mud music nature nitrogen noise
nutrition oil oxygen paint paper patience peace petrol philosophy plaster plastic platinum poetry
pollution pottery poverty pressure pride progress publicity quartz rain research resin respect
rubber rust sadness safety sand sandstone satin scenery science shade silk silver slate sleep
smoke snow soap soil space steam steel straw sulphur sunlight sunshine sweat tar thunder time
timber tin tradition traffic transport trust uranium velvet violence warmth water wax wealth
weather wheat wind wisdom wood wool work zinc
""".split()

FOODS = """
almonds apples apricots artichokes asparagus avocado bacon bagels bananas barley basil beans beef
beetroot biscuits blackberries blueberries bread broccoli broth butter cabbage cake caramel
cardamom carrots cashews cauliflower celery cereal cheddar cheese cherries chestnuts chickpeas
chili chocolate chutney cider cinnamon cloves cocoa coconut coffee cookies coriander corn couscous
cranberries cream crepes cucumber cumin curry custard dates dill dough doughnuts dumplings eggs
fennel figs flour garlic ginger gnocchi granola grapefruit grapes gravy halloumi ham hazelnuts
honey hummus jam kale kidney ketchup kiwis lamb lasagna leeks lemons lemonade lentils lettuce
limes mackerel mango maple margarine marmalade marzipan mayonnaise melon milk millet mint molasses
mozzarella muesli muffins mushrooms mussels mustard noodles nutmeg oatmeal oats olives omelette
onions oranges oregano pancakes papaya paprika parmesan parsley parsnips pasta pastry peaches
peanuts pears peas pepper pesto pickles pineapple pistachios pizza plums polenta pomegranate
popcorn porridge potatoes prawns prunes pudding pumpkin quinoa radishes raisins raspberries
ravioli rhubarb rice risotto rosemary rye saffron sage salad salami salmon salt sardines
sauerkraut sausages scones seaweed sesame shallots sherbet soup sourdough soy spaghetti spinach
squash stew strawberries sugar syrup tea thyme tofu tomatoes tortillas trout tuna turmeric turnips
vanilla vinegar waffles walnuts watermelon yeast yogurt zucchini
""".split()

VERBS_TRANSITIVE = """
accept accuse achieve acquire adapt adjust admire adopt advertise affect alter amuse analyse
announce annoy answer appoint appreciate approach approve arrange arrest assemble assess attach
attack attend attract avoid bake balance banish bear beat begin bend blame bless block boil borrow
bother break brew bring broadcast brush build burn bury buy calculate call cancel capture carry
carve catch celebrate challenge change charge chase check choose circle claim classify clean clear
climb close collect combine compare complete compose confirm confuse connect conquer consider
construct consume contact contain control convert convince cook copy correct count cover create
criticise cross crush cultivate cut damage decorate defeat defend define delay deliver demand deny
describe deserve design destroy detect develop dig discover discuss dismiss display dissolve
distribute divide donate double draw drag drill drink drive drop earn eat edit elect eliminate
embrace employ encourage enjoy enter entertain escape establish estimate evaluate examine exceed
exchange exclude expand expect explain exploit explore export expose extend extract face feed feel
fetch fight fill film find finish fix fold follow forbid forget forgive form freeze frighten
gather generate give govern grab greet grind grow guard guess guide handle hang harm heal hear
heat help hide hire hit hold hug hunt identify ignore illustrate imagine imitate import impress
improve include increase indicate influence inform inherit injure inspect inspire install insult
interpret interrupt introduce invade invent investigate invite involve iron join judge keep kick
know launch lead learn leave lend lift light limit list load locate lock lose love lower maintain
make manage manufacture mark match measure melt memorise mend mention mix modify monitor move
multiply name need neglect notice obey observe obtain occupy offer open operate oppose order
organise overcome overlook owe own pack paint park pass pay peel perform permit persuade
photograph pick plan plant plough polish postpone pour praise predict prefer prepare preserve
press prevent print process produce promise pronounce propose protect prove provide publish pull
pump punish purchase push question raise reach read rebuild receive recognise recommend record
recover recycle reduce refuse register reject release remember remind remove rent repair repeat
replace report represent rescue resemble reserve resist resolve respect restore restrict reveal
reverse review reward ride rinse roast rob ruin run sand satisfy save scare scatter scratch search
see seek select sell send separate serve settle sew shake share sharpen shelter show shrink shut
sign simplify slice smell smuggle solve spell spend spill split spoil spread squeeze stack steal
steer stir store strengthen stretch strike study submit suggest supply support surprise surround
survive suspect sweep switch take taste teach tear tell test thank throw tie tolerate touch trace
track train transfer transform translate transport trap treat trim trust turn twist understand
unite unload unlock unpack update use value visit wake warm warn wash waste watch water wear weave
weigh welcome win wipe witness wrap write
""".split()

VERBS_INTRANSITIVE = """
agree appear argue arrive bark behave belong bleed blink bloom blossom blow bounce bow breathe
burst care cheer collapse collide come complain compete conclude cough crawl cry dance decay
decline depart die differ disagree disappear dive dream drift drown echo emerge erupt evaporate
exist explode fade faint fall flash flee float flourish flow fly frown gallop gamble gaze giggle
glance glide glow go grin growl grumble happen hesitate hibernate hop hover howl hurry itch jog
jump kneel knock land last laugh lean leap lie limp linger listen live look march matter meditate
migrate mourn multiply nod occur panic participate pause persist play plunge pray proceed quarrel
rain react recede rehearse relax rely remain reply resign respond rest retire return rise roar
roll rust scream shine shiver shout shrug sigh sing sink sit skate sleep slide slip smile smoke
snore snow soar sob spin sprint stand stare start stay stop struggle stumble succeed suffer swim
swing talk thrive tremble triumph trot vanish vibrate vote wait walk wander whisper whistle wink
wobble work worry yawn yell
""".split()

IRREGULAR_VERBS = {
    word.split("/")[0]: (word.split("/")[1], word.split("/")[2])
    for word in """
bear/bore/borne beat/beat/beaten begin/began/begun bend/bent/bent bleed/bled/bled blow/blew/blown
break/broke/broken bring/brought/brought broadcast/broadcast/broadcast build/built/built
burst/burst/burst buy/bought/bought catch/caught/caught choose/chose/chosen come/came/come
cut/cut/cut dig/dug/dug draw/drew/drawn drink/drank/drunk drive/drove/driven eat/ate/eaten
fall/fell/fallen feed/fed/fed feel/felt/felt fight/fought/fought find/found/found flee/fled/fled
fly/flew/flown forbid/forbade/forbidden forget/forgot/forgotten forgive/forgave/forgiven
freeze/froze/frozen give/gave/given go/went/gone grind/ground/ground grow/grew/grown
hang/hung/hung hear/heard/heard hide/hid/hidden hit/hit/hit hold/held/held keep/kept/kept
kneel/knelt/knelt know/knew/known lead/led/led leave/left/left lend/lent/lent lie/lay/lain
light/lit/lit lose/lost/lost make/made/made overcome/overcame/overcome pay/paid/paid
prove/proved/proven read/read/read rebuild/rebuilt/rebuilt ride/rode/ridden rise/rose/risen
run/ran/run see/saw/seen seek/sought/sought sell/sold/sold send/sent/sent sew/sewed/sewn
shake/shook/shaken shine/shone/shone show/showed/shown shrink/shrank/shrunk shut/shut/shut
sing/sang/sung sink/sank/sunk sit/sat/sat sleep/slept/slept slide/slid/slid spend/spent/spent
spin/spun/spun split/split/split spread/spread/spread stand/stood/stood steal/stole/stolen
strike/struck/struck sweep/swept/swept swim/swam/swum swing/swung/swung take/took/taken
teach/taught/taught tear/tore/torn tell/told/told throw/threw/thrown
understand/understood/understood wake/woke/woken wear/wore/worn weave/wove/woven win/won/won
write/wrote/written
""".split()
}
"""Past and past participle of the verbs above that do not take -ed."""

DOUBLING_VERBS = frozenset(
    """
beg begin cancel chat clap clip control cut dig drag drop drum equip forbid forget grab grin hit
hop hug hum jog knit nod occur pat permit plan prefer quarrel refer regret rip rob rub run ship
shop shrug shut sit skip slam slip snap sob spin split step stir stop submit swim tap tip transfer
transmit trap trim trot tug win wrap zip
""".split()
)

IRREGULAR_PLURALS = {
    "child": "children", "fisherman": "fishermen", "boatman": "boatmen", "goose": "geese",
    "mouse": "mice", "sheep": "sheep", "deer": "deer", "bison": "bison", "moose": "moose",
    "squid": "squid", "wolf": "wolves", "thief": "thieves", "knife": "knives", "leaf": "leaves",
    "shelf": "shelves", "bookshelf": "bookshelves", "scarf": "scarves", "loaf": "loaves",
    "analysis": "analyses", "crisis": "crises", "series": "series", "reindeer": "reindeer",
    "midwife": "midwives", "oasis": "oases",
}  # fmt: skip

ADJECTIVES = """
able abrupt absent absurd academic accurate active acute adequate adorable advanced aggressive
agile airy alert amazing ambitious ample amusing ancient angry anxious apparent arctic arid
artificial ashamed asleep athletic attractive available awake aware awkward bald bare basic
beautiful bent big bitter bizarre black blank bleak blind blue blunt bold boring brave brief
bright brilliant brisk broad broken brown bulky busy calm capable careful careless casual cautious
central certain charming cheap cheerful chemical chilly civil classic clean clear clever clumsy
coarse coastal cold colossal comfortable common compact competent complete complex confident
conscious considerable constant convenient cool correct costly courageous crazy creamy crisp
crowded crucial crude cruel curious curly current damp dangerous daring dark dead dear decent deep
deliberate delicate delicious dense dependent desperate detailed different difficult digital dim
direct dirty distant distinct diverse dizzy domestic double dramatic dry dual dull dusty eager
early eastern easy efficient elaborate elastic elderly elegant eligible empty endless enormous
entire equal essential eternal evident exact excellent exotic expensive expert external extinct
extra extreme faint fair faithful false familiar famous fancy fast fatal favourite feeble fertile
fierce final financial fine firm fit flat flexible fluent foggy fond foolish foreign formal
fortunate fragile frail free frequent fresh friendly frosty frozen fruitful full funny furious
gentle genuine giant gifted glad gleaming global gloomy golden good gorgeous graceful gradual
grand grateful grave great greedy green grey grim guilty handsome handy happy harsh healthy heavy
helpful hidden high hollow honest horizontal hostile hot huge humble humid hungry icy ideal
identical idle ignorant illegal imaginary immense imperial important impossible impressive
independent indirect industrial inevitable inferior infinite informal initial inner innocent
instant intact intense internal international invisible irregular jealous jolly joyful juicy
junior keen lame large late lavish lazy legal lengthy liberal likely limited linear liquid
literary little lively local logical lonely long loose loud lovely loyal lucky lunar mad magnetic
magnificent main major marine massive mature mean mechanical medical medieval mellow mental mere
mighty mild military minor miserable mobile modern modest moist moral muddy multiple municipal
musical mute mutual mysterious naked narrow nasty national native natural naval neat necessary
nervous neutral new noble noisy normal northern notable novel nuclear numb numerous obedient
obscure obvious occasional odd official old only opaque opposite optical optimistic ordinary
organic original ornate outer oval overdue pale partial particular passive patient peaceful
peculiar perfect permanent personal physical plain playful pleasant polar polite political poor
popular portable positive possible powerful practical precious precise pregnant present pretty
previous primary primitive private probable productive profitable profound prominent proper proud
prudent public pure purple quick quiet radical random rapid rare raw ready real reasonable recent
rectangular red regional regular relative relevant reliable reluctant remarkable remote
responsible rich rigid ripe robust romantic rotten rough round royal rude rural rusty sacred sad
safe salty savage scarce scientific secondary secure senior sensible sensitive separate serious
severe shabby shallow sharp shiny short shy sick silent silly similar simple sincere single
skilful sleepy slender slight slim slippery slow small smart smooth social soft solar sole solemn
solid sore sour southern spare special specific spicy spiral splendid spontaneous square stable
stale static steady steep sterile sticky stiff strange strict striking strong stubborn stupid
subtle sudden sufficient suitable sunny superb superior supreme sure surprising suspicious sweet
swift symbolic sympathetic talented tall tame technical tedious temporary tender tense terrible
thick thin thirsty thorough thoughtful tidy tight timid tiny tired tolerant total tough toxic
traditional tragic transparent tremendous tropical true typical ugly ultimate unable uncertain
underground uneven unfair unhappy uniform unique universal unknown unlikely unusual upper urban
urgent useful useless usual vacant vague valid valuable varied vast verbal vertical vibrant
vicious violent virtual visible visual vital vivid vulnerable warm wasteful weak wealthy weary
western wet white whole wicked wide wild willing windy wise wonderful wooden worried worthy wrong
yellow young
""".split()

ADVERBS = """
abruptly absolutely accidentally accurately actually almost already also always angrily anxiously
apparently automatically awkwardly badly barely beautifully bitterly blindly boldly bravely
briefly brightly briskly broadly calmly carefully carelessly cautiously certainly cheerfully
clearly closely coldly commonly completely constantly correctly curiously daily deeply
deliberately desperately directly doubtfully easily elegantly enormously entirely equally
especially eventually exactly extremely fairly faithfully finally firmly fluently foolishly
formally fortunately frankly freely frequently fully generally generously gently gladly gracefully
gradually greatly happily hardly harshly hastily heavily helpfully honestly hourly hungrily
immediately indeed independently initially instantly intensely jointly keenly kindly largely
lately lazily legally lightly literally locally loosely loudly loyally mainly merely merrily
mildly mostly mysteriously naturally nearly neatly nervously never normally obviously occasionally
oddly officially often openly originally partly patiently peacefully perfectly permanently
personally politely poorly possibly precisely presumably previously privately probably promptly
properly proudly publicly punctually quickly quietly quite randomly rapidly rarely readily
recently regularly reluctantly remarkably repeatedly roughly rudely sadly safely scarcely secretly
seldom separately seriously severely sharply shortly silently simply sincerely slightly slowly
smoothly softly solely sometimes soon specifically steadily sternly strangely strictly strongly
suddenly sufficiently supposedly surely swiftly sympathetically temporarily tenderly thoroughly
thoughtfully tightly together totally twice typically ultimately undoubtedly unexpectedly
unfortunately unusually urgently usually utterly vaguely violently virtually visibly warmly weakly
weekly widely wildly willingly wisely yearly
""".split()

RARE_WORDS = """
abacus aberration abeyance abscond accolade acerbic acquiesce acrimony adamant adroit aegis
affable alabaster alacrity albatross alchemy algorithm alkaline allegory alluvial amalgam
ambidextrous amethyst amphora anachronism anathema anemone aneurysm anodyne antediluvian aphorism
apocryphal apothecary apotheosis aqueduct arbitrage archipelago armadillo arpeggio artesian
asterisk asymptote atoll avuncular axolotl azimuth bailiwick balustrade barnacle basalt bassoon
bauxite bayonet behemoth belligerent benzene bequeath biopsy blizzard bombastic boomerang botany
bougainvillea bouillon brackish brigantine brouhaha bucolic bulwark bureaucracy buttress cacophony
caduceus cajole caldera calligraphy callous camaraderie cantankerous capillary capricious carapace
cartography castigate cataclysm catalyst caterpillar catharsis centrifuge cerulean chandelier
charisma chasm chiaroscuro chicanery chimera chlorophyll chromosome chrysalis chrysanthemum
circuitous clandestine clavichord coalesce cochlea cognizant colloquial conflagration conundrum
convalescence cornucopia corollary coterie crescendo crustacean cryptic cummerbund cuneiform
cupola curmudgeon cygnet cymbal dachshund dandelion debacle deciduous decoupage deleterious
delphinium demagogue denouement derelict desiccate desultory diaphanous diatribe dichotomy
didactic dirigible dodecahedron doldrums dromedary duplicitous dyspepsia ebullient eclectic
effervescent effigy egregious elixir emaciated embroider emollient encyclopedia enigma ennui
ephemeral epiphany epitome equanimity equinox ersatz escarpment esoteric espionage estuary
ethereal etymology eucalyptus euphemism exacerbate exchequer excoriate exoskeleton extemporaneous
facetious facsimile falsetto fastidious fathom fauna felicity feral ferrous fiasco filigree fjord
flabbergast flotsam fluorescent foible fractal fresco fuchsia fulcrum fungible gargoyle garrulous
gauntlet gazebo geranium gerrymander geyser gibberish glockenspiel gondola gossamer grandiloquent
gratuitous gregarious grotto guillotine gypsum gyroscope habeas halcyon harangue harbinger
harpsichord hegemony heliotrope hemoglobin herbaceous heuristic hexagon hiatus hieroglyph
hippopotamus holistic homogeneous hullabaloo hyacinth hydrangea hyperbole hypotenuse hypothermia
iconoclast idiosyncrasy ignominy iguanodon impecunious imperturbable inchoate incognito incunabula
indefatigable ineffable inexorable ingenue iniquity innocuous inoculate inquisitive insidious
intaglio interloper inverse iridescent isosceles isthmus jackdaw jambalaya jettison jocular
jodhpurs judicious jurisprudence juxtapose kaleidoscope karst katydid kerosene kestrel kinetic
kumquat labyrinth lachrymose lackadaisical laconic languid lapis larceny larynx lexicon licorice
limerick lithograph loquacious lozenge lugubrious luminescent lycanthrope macadamia machination
maelstrom magnanimous magnolia malachite malapropism mandolin mangrove marzipan maverick mausoleum
melancholy mellifluous menagerie mercurial meridian metamorphosis meteorite metronome mezzanine
miasma minaret mitochondria mnemonic mollusk monolith moratorium mosaic myopia myriad narwhal
nebula necromancer nefarious neologism neophyte nonchalant nostalgia nuance obelisk obfuscate
obsequious obsidian obstreperous ocelot oligarchy omnivore onomatopoeia opossum opulent oracle
orchid oscillate osmosis osprey oxymoron pachyderm palindrome palisade panacea pandemonium papyrus
parabola paradigm paraphernalia parsimony pedantic pentameter perambulate perfunctory periscope
peripatetic perspicacious petrichor phlegmatic phoenix phosphorus photosynthesis phylum picayune
piquant pirouette plankton plateau platypus plethora plutonium polyglot polygon porcelain
portcullis potassium precipice predilection prerogative proboscis procrastinate prodigious
promontory propinquity proscenium protractor pterodactyl puerile pugnacious pulchritude quagmire
quandary quasar quatrain querulous quicksilver quixotic quorum quotidian rambunctious raconteur
rapscallion recalcitrant rendezvous reticent rhapsody rhinestone rhododendron rhombus ricochet
rigmarole rococo rotunda rutabaga sacrosanct saffron salubrious samovar sanguine sarcophagus
sardonic sartorial sasquatch scaffold scarab schism schooner scintillate scrimshaw sediment
semaphore sepulchre serendipity sesquipedalian sextant shenanigans silhouette simulacrum sobriquet
soliloquy sonorous sophistry spectroscope spelunking stalactite stalagmite staccato stoic
stratosphere subterfuge succulent supercilious surreptitious sycophant syllogism symbiosis
synagogue syncopated taciturn talisman tangerine tantamount tarantula taxonomy tectonic
telekinesis tempestuous tenacious tessellation thermodynamics thesaurus titanium topiary
tourniquet trapezoid treacle trebuchet triptych troglodyte truculent turpentine tyrannosaurus
ubiquitous ukulele ultramarine umbrage unctuous vacillate vainglorious valedictory vanadium
velocipede ventriloquist verdigris verisimilitude vernacular vestibule vicissitude vignette
vinaigrette vituperate vociferous vortex wanderlust weathervane wherewithal whippoorwill whirligig
wildebeest winsome wisteria wunderkind xenon xylophone yarrow yeoman yodel zealous zenith zephyr
zeppelin ziggurat zirconium zither
""".split()

FUNCTION_WORDS = """
the a an this that these those my your his her its our their some any no every each both either
neither all most many much few several enough and or but nor so yet because although though while
when where if unless until since before after as than whether of in on at by for with about
against between into through during above below to from up down out off over under again further
then once here there why how not only own same too very can will just should now i you he she it
we they me him us them who whom which what am is are was were be been being have has had do does
did could would may might must shall ought without within along across behind beyond near upon
toward around among despite except like onto past per via else ever even still rather instead
perhaps maybe
""".split()

FIRST_NAMES = """
Aaron Abigail Ada Adam Aisha Akira Alan Albert Alejandro Alice Amara Amelia Amir Ana Andre Andrew
Anika Anna Anton Arthur Astrid Ayesha Barbara Beatrice Ben Bianca Boris Brian Bruno Camille Carla
Carlos Caroline Cecilia Charles Chen Chloe Claire Clara Daniel Daria David Deepa Diego Dmitri Dora
Edith Edward Eleanor Elena Elias Elif Ella Emeka Emil Emily Emma Erik Esther Ethan Eva Farah
Fatima Felix Fiona Florence Frank Freya Gabriel George Gloria Grace Greta Hana Hannah Harold
Hassan Heidi Helen Henry Hiro Hugo Ibrahim Ida Igor Imani Ingrid Irene Isaac Isabel Ivan Jack
Jacob James Jana Jane Jasmine Javier Jean Joan Johan John Jonas Joseph Juan Julia Kamal Karen Karl
Kate Kenji Kofi Lars Laura Leila Leo Leon Liam Lila Lin Linda Lionel Louis Lucia Lucy Luis Luka
Mabel Magnus Malik Marcus Margaret Maria Marie Marta Martin Mary Matteo Max Maya Mei Michael
Miguel Mila Mina Miriam Mohammed Molly Nadia Naomi Natalie Nathan Ngozi Nico Nina Noah Nora Olga
Oliver Olivia Omar Oscar Otto Pablo Patricia Paul Pedro Peter Petra Philip Priya Quentin Rachel
Rafael Raj Ralph Ravi Rebecca Reza Richard Robert Rosa Rose Ruth Samir Samuel Sanjay Sara Sergei
Silvia Simon Sofia Stefan Stella Susan Sven Tamara Tara Theo Thomas Tobias Tomas Ulrich Uma Vera
Victor Viktoria Vincent Violet Walter Wanda Wei Wendy Willem Xavier Yara Yasmin Yuki Yusuf Zara
Zoe
""".split()

LAST_NAMES = """
Abbott Adeyemi Ahmed Allen Almeida Anderson Andersson Bailey Baker Banerjee Barnes Becker Bell
Bennett Berg Bianchi Blackwood Brennan Brooks Brown Byrne Campbell Carter Castillo Chang Chaudhry
Clarke Cohen Cooper Costa Cruz Dalton Davies Diallo Dimitrov Dubois Eriksen Evans Farrell
Fernandez Fischer Fitzgerald Flores Foster Fraser Fujimoto Garcia Ghosh Gibson Gonzalez Graham
Greene Gupta Haddad Hall Hamilton Hansen Harris Hawthorne Hernandez Hoffmann Holm Hughes Hussein
Ito Ivanov Jackson Jansen Jensen Jimenez Johansson Johnson Jones Kapoor Keller Kelly Kennedy Khan
Kim Klein Kovacs Kowalski Kumar Lambert Larsen Laurent Lee Lewis Li Lindqvist Lombardi Lopez
MacDonald Mahmoud Marino Marsh Martinez Mbeki McCarthy Mehta Mendoza Meyer Mitchell Moreau Moretti
Morgan Morris Mueller Murphy Nakamura Nelson Nguyen Novak Nowak O'Brien O'Connor O'Neill Okafor
Okonkwo Olsen Osei Owens Park Parker Patel Pereira Petrov Phillips Popescu Quinn Rahman Ramirez
Reid Reyes Ricci Richter Rivera Roberts Robinson Rossi Russell Saito Salazar Sanchez Santos
Schmidt Schneider Schwartz Shapiro Sharma Silva Singh Smith Sokolov Stewart Sullivan Svensson
Takahashi Tanaka Taylor Thompson Torres Tran Turner Ueda Usman Vargas Vasquez Volkov Wagner Walker
Wallace Wang Watanabe Weber White Whitfield Williams Wilson Wright Yamamoto Yang Yilmaz Young
Zhang Zimmerman
""".split()

CITIES = """
Aberdeen Accra Adelaide Algiers Amsterdam Ankara Antwerp Athens Atlanta Auckland Baghdad Baku
Bangkok Barcelona Basel Beijing Beirut Belfast Belgrade Bergen Berlin Bilbao Birmingham Bologna
Boston Bratislava Brisbane Bristol Brussels Bucharest Budapest Cairo Calcutta Calgary Canberra
Cardiff Casablanca Chennai Chicago Cleveland Cologne Copenhagen Dakar Dallas Damascus Delhi Denver
Detroit Doha Dresden Dubai Dublin Durban Edinburgh Florence Frankfurt Geneva Genoa Ghent Glasgow
Granada Hamburg Hanoi Harare Havana Helsinki Hiroshima Honolulu Houston Istanbul Jakarta Jerusalem
Johannesburg Kabul Kampala Karachi Kathmandu Khartoum Kigali Kingston Kyiv Kyoto Lagos Lahore
Leeds Leipzig Lima Lisbon Liverpool Ljubljana London Lusaka Lyon Madrid Managua Manchester Manila
Marrakesh Marseille Melbourne Memphis Miami Milan Minneapolis Minsk Mombasa Monaco Montevideo
Montreal Moscow Mumbai Munich Nairobi Naples Nashville Nicosia Oslo Ottawa Oxford Palermo Paris
Perth Philadelphia Phoenix Portland Porto Prague Pretoria Quito Reykjavik Riga Rome Rotterdam
Salzburg Santiago Sarajevo Seattle Seoul Seville Shanghai Sheffield Singapore Sofia Stockholm
Stuttgart Sydney Taipei Tallinn Tashkent Tbilisi Tehran Thessaloniki Tokyo Toronto Trieste Tripoli
Tunis Turin Utrecht Valencia Vancouver Venice Vienna Vilnius Warsaw Wellington Winnipeg Yerevan
York Zagreb
""".split()

COUNTRIES = """
Albania Algeria Angola Argentina Armenia Australia Austria Azerbaijan Bangladesh Belgium Bhutan
Bolivia Botswana Brazil Bulgaria Cambodia Cameroon Canada Chad Chile China Colombia Croatia Cuba
Cyprus Denmark Ecuador Egypt Estonia Ethiopia Fiji Finland France Gabon Georgia Germany Ghana
Greece Guatemala Guinea Haiti Honduras Hungary Iceland India Indonesia Iran Iraq Ireland Israel
Italy Jamaica Japan Jordan Kazakhstan Kenya Kuwait Laos Latvia Lebanon Liberia Libya Lithuania
Luxembourg Madagascar Malawi Malaysia Mali Malta Mauritius Mexico Moldova Mongolia Morocco
Mozambique Myanmar Namibia Nepal Netherlands Nicaragua Niger Nigeria Norway Oman Pakistan Panama
Paraguay Peru Poland Portugal Qatar Romania Russia Rwanda Senegal Serbia Slovakia Slovenia Somalia
Spain Sudan Suriname Sweden Switzerland Syria Tanzania Thailand Togo Tunisia Turkey Uganda Ukraine
Uruguay Uzbekistan Venezuela Vietnam Yemen Zambia Zimbabwe
""".split()

ACCENTED_WORDS = """
Zürich São Paulo Málaga Kraków Łódź Reykjavík Tromsø Malmö Göteborg Århus Bogotá Córdoba Cádiz
Düsseldorf Köln München Nîmes Besançon Orléans Gdańsk Wrocław Brașov Iași Plzeň Győr Pécs İzmir
Eskişehir Hồ Đà Nẵng Asunción Yucatán Querétaro Montréal Québec Curaçao Réunion Côte Île Škoda
Dvořák Janáček Chopin Debussy Beyoncé Renée Zoë Chloë Björk Søren Jürgen Käthe Günther Łukasz
Małgorzata Jiří Zdeněk Željko François Hélène José María Íñigo Núñez Muñoz Peña Gómez Pérez
Sánchez João Conceição Gonçalves Ångström Ørsted Brontë Erdős Gödel Möbius Schrödinger naïve café
résumé fiancée cliché déjà façade jalapeño piñata crème brûlée sauté soufflé touché voilà über
doppelgänger smörgåsbord señor mañana pâté rosé protégé coup d'état vis-à-vis à mañana après
papier-mâché exposé entrée
""".split()

FOREIGN_WORDS = """
bonjour merci beaucoup monsieur madame s'il plaît aujourd'hui demain maison fromage pomme fenêtre
soleil guten Morgen danke schön bitte Straße Brücke Schmetterling Geschwindigkeit Krankenhaus
Freundschaft Zeitung gracias amigo buenos días hasta luego corazón biblioteca cerveza ayuntamiento
siempre nunca grazie buongiorno prego arrivederci ragazza bellissimo cappuccino stazione finestra
sempre obrigado saudade cidade coração amanhã tchau konnichiwa arigato sayonara sakura tsunami
origami ikebana dziękuję proszę hygge fjell takk vær så god tack lagom sisu kiitos merhaba
teşekkürler namaste dhanyavaad shukriya salaam habibi inshallah spasibo dobry vecher aloha mahalo
ubuntu asante karibu hakuna matata jambo carpe diem habeas corpus ad hoc quid pro quo et cetera
status quo per capita
""".split()

HYPHENATED_WORDS = """
well-known up-to-date mother-in-law state-of-the-art part-time full-time self-service twenty-one
thirty-six ninety-nine long-term short-sighted one-way two-thirds merry-go-round check-in
runner-up passer-by X-ray T-shirt e-mail co-operate re-elect ex-president non-stop pre-war
post-war anti-clockwise semi-final mid-July eighteen-year-old high-speed low-fat gluten-free
sugar-free sun-dried hand-made home-grown old-fashioned cold-blooded left-handed good-natured
absent-minded open-minded half-hearted far-reaching man-made bird's-eye editor-in-chief
forget-me-not jack-of-all-trades face-to-face day-to-day door-to-door step-by-step follow-up
take-off break-even drop-down built-in by-product great-grandfather blue-green Anglo-Saxon
Rolls-Royce Stratford-upon-Avon Jean-Luc Anne-Marie Baden-Baden Guinea-Bissau Austria-Hungary
""".split()

APOSTROPHE_WORDS = """
don't can't won't isn't aren't wasn't weren't doesn't didn't hasn't haven't hadn't couldn't
wouldn't shouldn't mustn't I'm you're he's she's it's we're they're I've you've we've they've I'll
you'll he'll she'll we'll they'll I'd you'd he'd she'd we'd they'd that's there's here's what's
who's where's how's let's o'clock ma'am y'all dog's children's teacher's neighbours' students'
world's today's yesterday's year's women's Anna's Thomas's rock'n'roll ne'er-do-well
cat-o'-nine-tails Hallowe'en
""".split()

ACRONYMS = """
NASA UNESCO NATO UNICEF OPEC FIFA UEFA BBC CNN IBM USB HTML HTTP HTTPS JSON XML CSV PDF GPU CPU
RAM SSD LED LCD GPS VPN DNS API SDK URL SQL CSS PNG JPEG MP3 MP4 WiFi DNA RNA MRI CT ECG ICU GDP
VAT CEO CFO CTO HR PR FAQ RSVP ETA DIY ATM PIN SIM SMS UFO USA UK UAE EU UN WHO IMF WTO BMW AM PM
BC AD UTC GMT EST CET iPhone eBay YouTube macOS LaTeX PyTorch GitHub McDonald MacArthur DeVito
LeBron O'Hare COVID-19 H2O CO2 NaCl pH kHz MHz GHz kWh dB 4K 3D 5G A4 B12 F-16 R2D2 Boeing 747
""".split()

COMPANY_ENDINGS = """
Limited Group Brothers Industries Partners Holdings Foods Motors Airlines Bank Energy Labs Systems
Books Hotel Institute Foundation College Museum Gardens Bakery Café Pharmacy Clinic Cinema Theatre
Library Studio Railways
""".split()

TEAM_ENDINGS = """
United City Rovers Wanderers Athletic Tigers Hawks Wolves Rangers Lions Bears Sharks Giants Comets
Falcons Dynamo Olympic Strikers Warriors Eagles
""".split()

LANGUAGES = """
Arabic Basque Bengali Bulgarian Catalan Croatian Czech Danish Dutch English Estonian Finnish
French Georgian German Greek Hebrew Hindi Hungarian Icelandic Irish Italian Japanese Korean Latin
Latvian Malay Mandarin Norwegian Persian Polish Portuguese Romanian Russian Sanskrit Serbian
Spanish Swahili Swedish Tamil Thai Turkish Ukrainian Urdu Vietnamese Welsh Yoruba Zulu
""".split()

SPORTS = """
archery athletics badminton baseball basketball boxing chess climbing cricket curling cycling
diving fencing football golf gymnastics handball hockey judo karate lacrosse netball rowing rugby
running sailing skating skiing snooker soccer softball squash surfing swimming tennis volleyball
wrestling
""".split()

MATERIALS_AND_SCIENCE = """
atom molecule neutron proton electron photon enzyme protein bacterium virus neuron muscle artery
kidney lung liver skeleton tendon retina cornea plasma asteroid eclipse supernova earthquake
tsunami hurricane tornado glacier erosion evaporation condensation combustion friction inertia
momentum velocity acceleration voltage resistance frequency wavelength magnetism radiation gravity
osmosis diffusion mutation evolution ecosystem habitat photosynthesis respiration digestion
fermentation crystallization polymer isotope catalyst solvent acid alkali
""".split()

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = """
January February March April May June July August September October November December
""".split()
COMPASS_POINTS = """
north south east west north-east south-west north-west south-east
""".split()
ORDINAL_WORDS = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
""".split()
SEASONS = "spring summer autumn winter".split()
COLOURS = """
amber beige black blue bronze brown crimson cyan emerald gold green grey indigo ivory khaki
lavender lilac magenta maroon mauve mustard navy ochre olive orange pink plum purple red rose ruby
rust salmon scarlet silver tan teal turquoise violet white yellow
""".split()

LENGTH_UNITS = """
metres kilometres centimetres millimetres miles feet inches yards nautical-miles light-years km cm
mm m ft
""".split()
MASS_UNITS = (
    "grams kilograms kilos tonnes pounds ounces milligrams kg g mg lb oz stone carats".split()
)
VOLUME_UNITS = "litres millilitres gallons pints cups tablespoons teaspoons quarts ml cl".split()
TIME_UNITS = "seconds minutes hours days weeks months years decades centuries".split()
OTHER_UNITS = """
watts kilowatts volts amps ohms joules calories newtons pascals hectopascals bytes kilobytes
megabytes gigabytes terabytes hertz kilohertz megahertz decibels lumens acres hectares knots
degrees kelvin horsepower bushels pixels mph km/h kWh GB MB Hz dB
""".split()
CURRENCIES = """
dollars euros pounds yen francs rupees pesos kroner zloty yuan won rand shillings dirhams lira
baht
""".split()

NUMBER_WORDS_BELOW_20 = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

_PLAIN_ONSETS = (
    "b c d f g h j k l m n p r s t v w z b d k l m n r s t br cl dr gr st tr sh ch".split()
)
_ONSETS = [*_PLAIN_ONSETS, *"bl cr fl fr gl kh kr ph pr qu sk sl str th ts y zh gn wh".split()]
_VOWELS = "a e i o u a e i o u a e i o ae ai au ea ee ei ia ie io oa oo ou ui y".split()
_PLAIN_CODAS = [*"n r l s m".split(), "", "", "", "", "", ""]
_CODAS = [*"n r l s t m k d x nd rn lt sk th ng rd ck v z p ff".split(), "", "", "", ""]


def made_up_word(rng: random.Random) -> str:
    """Build a pronounceable word of one to four syllables that no list holds."""
    choice = rng.choice
    syllables = rng.choices((1, 2, 3, 4), (12, 50, 30, 8))[0]
    # Most read like real names; a fifth have clusters anywhere, which is harder to copy.
    onsets, codas = (_PLAIN_ONSETS, _PLAIN_CODAS) if rng.random() < 0.8 else (_ONSETS, _CODAS)
    start = choice(("", choice(_ONSETS), choice(_ONSETS), choice(_ONSETS)))
    inner = "".join(choice(_VOWELS) + choice(codas) + choice(onsets) for _ in range(syllables - 1))
    return start + inner + choice(_VOWELS) + choice(_CODAS)


def number_words(value: int) -> str:
    """Spell a whole number from 0 to 999,999 in words."""
    if value < 20:
        return NUMBER_WORDS_BELOW_20[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return TENS[tens - 2] + (f"-{NUMBER_WORDS_BELOW_20[ones]}" if ones else "")
    if value < 1000:
        hundreds, rest = divmod(value, 100)
        tail = f" and {number_words(rest)}" if rest else ""
        return f"{NUMBER_WORDS_BELOW_20[hundreds]} hundred{tail}"
    thousands, rest = divmod(value, 1000)
    tail = f" {number_words(rest)}" if rest else ""
    return f"{number_words(thousands)} thousand{tail}"


def ordinal(value: int) -> str:
    """Write a whole number as an ordinal in digits: 1st, 22nd, 113th."""
    if value % 100 in (11, 12, 13):
        return f"{value}th"
    return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th') }"


def with_article(phrase: str) -> str:
    """Put the indefinite article that the sound of the phrase asks for in front of it."""
    lower = phrase.lower()
    silent_h = lower.startswith(("hour", "honest", "heir", "honour"))
    sounds_like_consonant = lower.startswith(
        ("uni", "use", "usu", "eu", "one", "ura", "ute", "uku", "ubi", "oua", "once")
    )
    if silent_h or (lower[:1] in "aeiou" and not sounds_like_consonant):
        return f"an {phrase}"
    return f"a {phrase}"


def plural(noun: str) -> str:
    """Inflect a noun for number."""
    if noun in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[noun]
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def third_person(verb: str) -> str:
    """Inflect a verb as in "she gives"."""
    return f"{verb}es" if verb == "go" or verb == "echo" else plural(verb)


def past(verb: str) -> str:
    """Inflect a verb as in "she gave"."""
    return IRREGULAR_VERBS[verb][0] if verb in IRREGULAR_VERBS else _regular_past(verb)


def past_participle(verb: str) -> str:
    """Inflect a verb as in "it was given"."""
    return IRREGULAR_VERBS[verb][1] if verb in IRREGULAR_VERBS else _regular_past(verb)


def gerund(verb: str) -> str:
    """Inflect a verb as in "she is giving"."""
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb in DOUBLING_VERBS:
        return f"{verb}{verb[-1]}ing"
    if verb == "panic":
        return "panicking"
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return f"{verb[:-1]}ing"
    return f"{verb}ing"


def _regular_past(verb: str) -> str:
    if verb.endswith("e"):
        return f"{verb}d"
    if verb in DOUBLING_VERBS:
        return f"{verb}{verb[-1]}ed"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    if verb == "panic":
        return "panicked"
    return f"{verb}ed"
