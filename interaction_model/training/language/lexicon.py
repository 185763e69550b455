"""The words that fill the open slots of the grammars, and the filling itself."""

import random
import re
from collections.abc import Callable, Mapping, Sequence

from weft.interaction_model.training.language.utterance import Split, choose, is_held_out


def _listed(text: str) -> tuple[str, ...]:
    """Split a comma-separated block, so that long word lists stay readable as prose."""
    return tuple(word.strip() for word in " ".join(text.split()).split(",") if word.strip())


def lines(block: str) -> tuple[str, ...]:
    """Split a block with one template a line; no template twice, in the order written."""
    return tuple(dict.fromkeys(line.strip() for line in block.splitlines() if line.strip()))


FIRST_NAMES = _listed("""
    Anna, Ben, Carla, David, Elena, Felix, Grace, Hugo, Ines, Jonas, Katya, Liam, Maria, Noah,
    Olga, Peter, Quinn, Rosa, Samir, Tessa, Uma, Victor, Wanda, Xavier, Yusuf, Zoe, Aisha,
    Bruno, Chloe, Dmitri, Emma, Farid, Gina, Hannah, Ivan, Julia, Kofi, Lena, Marco, Nadia,
    Oscar, Priya, Rafael, Sofia, Tom, Ulrich, Vera, Walter, Yara, Zain, Agnes, Boris, Clara,
    Diego, Edith, Frank, Gloria, Henrik, Isla, Jakob, Kim, Lucas, Mei, Nina, Otto, Paula, Rahul,
    Sarah, Theo, Ursula, Valerie, Wei, Yuki, Amir, Bella, Cedric, Dora, Ethan, Freya, George,
    Helen, Ibrahim, Jane, Karl, Lucy, Mark, Nora, Omar, Petra, Ruth, Simon, Tara, Vikram, Wendy,
    Alice, Bob, Chen, Daisy, Erik, Fatima, Greta, Harold, Irene
""")

LAST_NAMES = _listed("""
    Smith, Miller, Garcia, Novak, Okafor, Tanaka, Schmidt, Rossi, Larsen, Kowalski, Dubois,
    Haddad, Silva, Petrov, Khan, Nguyen, Andersson, Murphy, Weber, Costa, Ivanova, Mensah,
    Patel, Wright, Fischer, Lopez, Yamada, Becker, Moreau, Diaz, Hansen, Romano, Cohen, Walsh,
    Keller, Santos, Horvath, Popescu, Nilsson, Baker, Carter, Dawson, Ellis, Foster, Graham,
    Hughes, Irving, Jensen, Kaplan, Lambert, Mercer, Norris, Osborne, Parker, Quigley, Reyes,
    Sandoval, Turner, Underwood, Vargas, Whitman, Xu, Young, Zimmer, Abbott, Bergman, Castillo,
    Donovan, Eriksen, Franklin, Gupta, Hopkins, Ibsen, Johansson, Kaur, Lindqvist, Marchetti,
    Nakamura, Olsen, Pereira, Rahman, Sato, Thornton, Ueda, Vogel, Winters, Ziegler
""")

CITIES = _listed("""
    Paris, Rome, Tokyo, London, Berlin, Madrid, Lima, Oslo, Cairo, Lagos, Nairobi, Sydney,
    Toronto, Chicago, Boston, Seattle, Denver, Dallas, Houston, Miami, Lisbon, Porto, Vienna,
    Prague, Warsaw, Budapest, Athens, Istanbul, Ankara, Tehran, Baghdad, Dubai, Doha, Mumbai,
    Delhi, Kolkata, Dhaka, Bangkok, Hanoi, Jakarta, Manila, Seoul, Busan, Beijing, Shanghai,
    Taipei, Osaka, Kyoto, Melbourne, Perth, Auckland, Wellington, Honolulu, Anchorage,
    Vancouver, Montreal, Quito, Bogota, Caracas, Santiago, Buenos Aires, Montevideo, Brasilia,
    Salvador, Havana, Panama City, Mexico City, Dublin, Cork, Edinburgh, Glasgow, Cardiff,
    Bristol, Leeds, Hamburg, Munich, Cologne, Leipzig, Zurich, Geneva, Basel, Milan, Turin,
    Naples, Palermo, Barcelona, Seville, Valencia, Bilbao, Lyon, Nice, Bordeaux, Brussels,
    Antwerp, Utrecht, Rotterdam, Copenhagen, Aarhus, Stockholm, Helsinki, Turku, Tallinn, Riga,
    Vilnius, Minsk, Kyiv, Odesa, Sofia, Belgrade, Zagreb, Split, Tirana, Accra, Dakar, Tunis,
    Algiers, Casablanca, Addis Ababa, Kampala, Lusaka, Harare, Cape Town
""")

COUNTRIES = _listed("""
    Peru, Chile, Brazil, Argentina, Bolivia, Ecuador, Colombia, Uruguay, Paraguay, Venezuela,
    Mexico, Guatemala, Honduras, Panama, Cuba, Jamaica, Canada, Iceland, Norway, Sweden,
    Finland, Denmark, Estonia, Latvia, Lithuania, Poland, Germany, Austria, Switzerland,
    Belgium, Luxembourg, France, Spain, Portugal, Italy, Malta, Greece, Turkey, Cyprus,
    Bulgaria, Romania, Hungary, Slovakia, Slovenia, Croatia, Serbia, Albania, Ukraine, Moldova,
    Georgia, Armenia, Kazakhstan, Mongolia, China, Japan, South Korea, Vietnam, Laos, Cambodia,
    Thailand, Malaysia, Indonesia, India, Nepal, Bhutan, Pakistan, Iran, Iraq, Jordan, Lebanon,
    Israel, Egypt, Libya, Tunisia, Morocco, Algeria, Senegal, Ghana, Nigeria, Cameroon, Kenya,
    Uganda, Tanzania, Rwanda, Ethiopia, Somalia, Zambia, Namibia, Botswana, Madagascar,
    Australia, New Zealand, Fiji, Samoa, Ireland, Scotland, Wales, England, Oman, Qatar, Yemen,
    Sudan, Chad, Mali, Niger, Angola
""")

RIVERS = _listed("""
    Danube, Nile, Amazon, Rhine, Elbe, Thames, Seine, Loire, Rhone, Po, Tiber, Ebro, Tagus,
    Douro, Vistula, Oder, Dnieper, Don, Volga, Ural, Ob, Lena, Amur, Yangtze, Mekong, Ganges,
    Indus, Brahmaputra, Irrawaddy, Tigris, Euphrates, Jordan, Congo, Niger, Zambezi, Limpopo,
    Orange, Volta, Senegal, Mississippi, Missouri, Ohio, Colorado, Columbia, Yukon, Mackenzie,
    Hudson, Potomac, Rio Grande, Orinoco, Parana, Uruguay, Murray, Darling, Waikato, Shannon,
    Liffey, Severn, Trent, Tyne, Clyde, Tay, Main, Neckar, Mosel, Inn, Salzach, Isar, Spree,
    Havel, Aare, Ticino, Arno, Drava, Sava, Tisza
""")

FOODS = _listed("""
    bread, rice, pasta, cheese, butter, honey, salmon, tuna, chicken, beef, pork, lamb, tofu,
    lentils, chickpeas, beans, potatoes, carrots, onions, garlic, tomatoes, spinach, cabbage,
    broccoli, mushrooms, peppers, cucumbers, pumpkin, apples, pears, plums, cherries, grapes,
    lemons, oranges, bananas, mangoes, dates, figs, olives, almonds, walnuts, peanuts,
    chocolate, yoghurt, cream, milk, eggs, flour, sugar, salt, oats, barley, quinoa, couscous,
    hummus, pesto, curry, soup, risotto, lasagne, pizza, dumplings, noodles, pancakes, waffles,
    omelettes, sourdough, croissants, pretzels, kimchi, sushi, tacos, paella, goulash, porridge,
    custard, cheesecake, gingerbread, marmalade, mustard, vinegar, soy sauce, maple syrup,
    coconut milk, sweet potatoes, smoked trout, goat cheese, black beans, brown rice, oat milk,
    green tea
""")

ANIMALS = _listed("""
    dog, cat, horse, cow, sheep, goat, pig, rabbit, fox, wolf, bear, deer, moose, otter, beaver,
    badger, hedgehog, squirrel, mole, bat, mouse, rat, hamster, ferret, lion, tiger, leopard,
    cheetah, lynx, elephant, giraffe, zebra, hippo, rhino, camel, llama, alpaca, kangaroo,
    koala, wombat, platypus, penguin, ostrich, eagle, falcon, owl, raven, crow, magpie, sparrow,
    swallow, stork, heron, flamingo, parrot, peacock, turkey, goose, duck, swan, pigeon, turtle,
    tortoise, gecko, chameleon, crocodile, python, cobra, frog, toad, newt, salmon, shark,
    whale, dolphin, seal, walrus, octopus, squid, jellyfish, lobster, crab, snail, spider,
    scorpion, bee, wasp, ant, beetle, butterfly, moth, dragonfly, mosquito, sloth
""")

PLANTS = _listed("""
    oak, birch, beech, maple, willow, poplar, pine, spruce, larch, cedar, yew, cypress, redwood,
    baobab, eucalyptus, bamboo, ivy, fern, moss, clover, nettle, dandelion, thistle, daisy,
    poppy, tulip, daffodil, crocus, hyacinth, lily, orchid, rose, peony, lavender, rosemary,
    thyme, basil, mint, sage, parsley, coriander, dill, chamomile, foxglove, hemlock, mistletoe,
    holly, hawthorn, elder, hazel, chestnut, walnut, ginkgo, magnolia, jasmine, hibiscus,
    bougainvillea, cactus, aloe, agave, monstera, begonia, geranium, petunia, marigold,
    sunflower, dahlia, aster, chrysanthemum, rhubarb, asparagus, hops, flax, hemp, cotton,
    tobacco, sugar cane, banana palm, olive tree, fig tree, lemon tree, spider plant, rubber
    plant, snake plant
""")

OBJECTS = _listed("""
    lamp, chair, table, sofa, carpet, mirror, clock, kettle, toaster, oven, fridge, freezer,
    dishwasher, washing machine, dryer, iron, vacuum cleaner, broom, bucket, ladder, hammer,
    drill, saw, screwdriver, wrench, nail, screw, bolt, spring, hinge, lock, key, doorbell,
    window, curtain, blanket, pillow, mattress, candle, lighter, match, knife, fork, spoon,
    plate, bowl, cup, bottle, jar, pan, pot, scale, thermometer, barometer, compass, telescope,
    microscope, camera, tripod, laptop, keyboard, monitor, printer, scanner, router, phone,
    charger, battery, headset, speaker, microphone, radio, bicycle, helmet, tent, backpack,
    suitcase, umbrella, raincoat, glove, boot, scarf, belt, zip, button, needle, thread,
    scissors case, stapler
""")

JOBS = _listed("""
    baker, butcher, carpenter, plumber, electrician, mason, roofer, painter, gardener, farmer,
    shepherd, fisherman, sailor, pilot, conductor, driver, mechanic, engineer, architect,
    surveyor, geologist, chemist, physicist, biologist, astronomer, mathematician, statistician,
    economist, accountant, auditor, banker, lawyer, judge, notary, detective, firefighter,
    nurse, midwife, surgeon, dentist, pharmacist, optician, therapist, psychologist, teacher,
    professor, librarian, archivist, historian, archaeologist, journalist, editor, translator,
    interpreter, poet, novelist, playwright, actor, director, composer, violinist, singer,
    dancer, sculptor, photographer, potter, weaver, tailor, cobbler, jeweller, watchmaker,
    barber, cook, waiter, brewer, beekeeper, forester, miner, blacksmith, welder, programmer,
    sound engineer, tax adviser
""")

SUBSTANCES = _listed("""
    water, steam, ice, oxygen, hydrogen, nitrogen, helium, neon, argon, chlorine, fluorine,
    iodine, sulphur, phosphorus, carbon, silicon, iron, copper, zinc, tin, lead, silver, gold,
    platinum, mercury, titanium, tungsten, nickel, cobalt, chromium, lithium, sodium, potassium,
    calcium, magnesium, barium, uranium, radium, graphite, diamond, quartz, granite, marble,
    chalk, clay, sand, glass, ceramic, rubber, nylon, wax, resin, ammonia, methane, propane,
    butane, ethanol, acetone, glycerine, vinegar, bleach, caffeine, nicotine, aspirin,
    ibuprofen, insulin, penicillin, adrenaline, dopamine, melatonin, collagen, gelatine,
    cellulose, starch, lactose, glucose, sucrose, salt, baking soda, sulphuric acid, carbon
    dioxide, carbon monoxide, hydrogen peroxide, vitamin C, vitamin D, stainless steel, cast
    iron, fibreglass
""")

INSTRUMENTS = _listed("""
    violin, viola, cello, double bass, guitar, lute, harp, banjo, mandolin, ukulele, sitar,
    zither, piano, harpsichord, organ, accordion, harmonica, flute, piccolo, oboe, clarinet,
    bassoon, saxophone, trumpet, trombone, tuba, French horn, bugle, recorder, bagpipes,
    didgeridoo, drum, snare drum, timpani, tambourine, triangle, cymbal, gong, xylophone,
    marimba, vibraphone, glockenspiel, celesta, theremin, synthesizer, kalimba, balalaika,
    bouzouki, oud, erhu, koto, shamisen, pipa, hurdy-gurdy, dulcimer, lyre, pan flute, ocarina,
    bodhran, cajon, djembe, tabla, castanets, maracas, steel drum, melodica, concertina, cornet,
    euphonium, English horn, viola da gamba, fiddle, whistle, kazoo, jaw harp, carillon,
    mellotron
""")

SPORTS = _listed("""
    football, basketball, handball, volleyball, tennis, table tennis, badminton, squash, golf,
    hockey, ice hockey, lacrosse, rugby, cricket, baseball, softball, curling, bowling, darts,
    snooker, chess, fencing, boxing, wrestling, judo, karate, taekwondo, archery, shooting,
    rowing, canoeing, kayaking, sailing, surfing, diving, swimming, water polo, skiing, ski
    jumping, biathlon, snowboarding, bobsleigh, luge, figure skating, speed skating, cycling,
    mountain biking, running, the marathon, hurdles, high jump, pole vault, javelin, discus,
    shot put, triathlon, decathlon, gymnastics, trampolining, climbing, bouldering,
    orienteering, equestrian jumping, dressage, polo, horse racing, motor racing, rallying,
    karting, skateboarding, parkour, weightlifting, tug of war, petanque, croquet, padel,
    pickleball, netball, floorball, sumo
""")

WEEKDAYS = _listed("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")

MONTHS = _listed("""
    January, February, March, April, May, June, July, August, September, October, November,
    December
""")

UNITS = _listed("""
    metres, centimetres, millimetres, kilometres, inches, feet, yards, miles, nautical miles,
    grams, kilograms, milligrams, tonnes, ounces, pounds, stone, litres, millilitres,
    decilitres, gallons, quarts, pints, cups, tablespoons, teaspoons, fluid ounces, seconds,
    minutes, hours, days, weeks, joules, kilojoules, calories, kilocalories, watts, kilowatts,
    horsepower, volts, amperes, ohms, pascals, bars, hectares, acres, square metres, square
    feet, cubic metres, cubic feet, light years, fathoms, furlongs, knots, hertz, kilohertz,
    bytes, kilobytes, megabytes, gigabytes, terabytes
""")

COLOURS = _listed("""
    red, blue, green, yellow, orange, purple, pink, brown, black, white, grey, silver, golden,
    beige, turquoise, teal, navy, crimson, scarlet, maroon, burgundy, magenta, violet, lilac,
    indigo, cyan, olive, khaki, mint, lime, amber, ochre, copper, bronze, ivory, cream,
    charcoal, salmon, coral, peach, apricot, mustard, rust, emerald, jade, sapphire, ruby, plum
""")

COMPANIES = _listed("""
    Northwind Bakery, Halvorsen Marine, Quillbyte, Brightwater Energy, Tallow and Reed, Omnivar,
    Kestrel Air, Bluepine, Lumenor, Farrow Logistics, Copperfield Dairy, Zentrix, Maplegate
    Bank, Orbitalis, Redfern Motors, Silverbrook Foods, Vantor Systems, Willow Street Press,
    Granite Peak Insurance, Novella Books, Pixelhaven, Sundial Travel, Terravolt, Umbrixa,
    Hollis Pharma, Amberline Rail, Driftwood Hotels, Everfield Seeds, Foxglove Clinics,
    Glasswing Studios, Harborlight Ferries, Ironbark Tools, Juniper Telecom, Kiteworks Labs,
    Larkspur Fashion, Merrow Shipping, Nimbara, Oakhurst Furniture, Pelican Paper, Quarrystone
    Homes, Rivermark Water, Saltmarsh Brewing, Tideway Solar, Upland Wool, Verdanta, Wexley
    Steel, Yarrow Health, Zephyr Bikes, Aldermoor College, Bexley Trams, Cinderford Coal,
    Dunmore Audio
""")

LANGUAGES = _listed("""
    Spanish, French, German, Italian, Portuguese, Dutch, Danish, Swedish, Norwegian, Finnish,
    Icelandic, Polish, Czech, Slovak, Hungarian, Romanian, Bulgarian, Greek, Turkish, Russian,
    Ukrainian, Serbian, Croatian, Slovene, Albanian, Lithuanian, Latvian, Estonian, Irish,
    Welsh, Basque, Catalan, Latin, Arabic, Hebrew, Persian, Hindi, Urdu, Bengali, Tamil,
    Punjabi, Nepali, Thai, Vietnamese, Khmer, Malay, Indonesian, Tagalog, Mandarin, Cantonese,
    Japanese, Korean, Mongolian, Swahili, Zulu, Yoruba, Hausa, Amharic, Somali, Maori, Hawaiian,
    Quechua, Esperanto, Maltese, Georgian, Armenian
""")

PHRASES = _listed("""
    good morning, thank you very much, where is the station, happy birthday, I am hungry, see
    you tomorrow, excuse me, how much is this, my name is Anna, no problem, I am lost, the bill
    please, good night, congratulations, I love you, welcome home, it is raining, I don't
    understand, one coffee please, a room for two, have a nice trip, get well soon, where are
    the toilets, I am allergic to nuts, we are closed, keep left, mind the step, out of order,
    two tickets please, how far is the beach, I need a doctor, call me later, the train is late,
    turn right here, this seat is taken, good luck, see you soon, I am sorry, not today, the
    soup is cold
""")

RARE_WORDS = _listed("""
    ephemeral, ubiquitous, serendipity, petrichor, sonder, cacophony, quixotic, laconic,
    obfuscate, mitigate, plausible, ambiguous, pragmatic, stoic, nostalgia, euphoria, paradox,
    irony, satire, metaphor, onomatopoeia, palindrome, oxymoron, hyperbole, etymology, syntax,
    zeitgeist, schadenfreude, doppelganger, entrepreneur, bureaucracy, hierarchy, sabbatical,
    quarantine, inflation, recession, liability, mortgage, amortise, escrow, subpoena,
    affidavit, jurisdiction, alibi, veto, quorum, referendum, filibuster, gerrymander, diaspora,
    hegemony, entropy, osmosis, photosynthesis, mitosis, catalyst, isotope, viscosity,
    refraction, parallax, equinox, solstice, perihelion, archipelago, isthmus, fjord, estuary,
    tundra, steppe, savannah, monsoon, drizzle, gusset, lintel, gable, mullion, trellis, gazebo,
    colander, mandoline, ramekin, roux, julienne, umami, sommelier, tannin, crescendo, staccato,
    fugue, sonata, libretto, chiaroscuro, fresco, patina, kerning, rhythm, necessary,
    accommodate, conscience, maintenance, rhododendron, mischievous, broccoli, diarrhoea,
    lieutenant
""")

TOPICS = _listed("""
    black holes, gravity, magnetism, electricity, lightning, earthquakes, volcanoes, tornadoes,
    the tides, the northern lights, climate change, the ozone layer, acid rain, photosynthesis,
    evolution, genetics, cloning, vaccines, antibiotics, allergies, diabetes, migraine,
    insomnia, high blood pressure, the immune system, blood types, the human brain, memory,
    dreams, nuclear power, solar panels, wind turbines, heat pumps, electric cars, batteries,
    jet engines, steam engines, radar, sonar, satellites, GPS, the internet, encryption,
    blockchain, machine learning, quantum computing, microchips, lasers, X-rays, inflation,
    interest rates, the stock market, taxes, pensions, insurance, bankruptcy, supply and demand,
    trade unions, democracy, the electoral college, the United Nations, the European Union,
    human rights, copyright, patents, trademarks, Buddhism, Hinduism, Judaism, Islam, stoicism,
    existentialism, Greek mythology, Norse mythology, the Renaissance, the Baroque,
    Impressionism, Cubism, jazz, opera, flamenco, ballet, haiku, calligraphy, origami,
    fermentation, composting, beekeeping, bread baking, cheese making, glass blowing, plate
    tectonics, dark matter, the Higgs boson, string theory, game theory
""")

EVENTS = _listed("""
    the French Revolution, the First World War, the Second World War, the Cold War, the fall of
    the Berlin Wall, the moon landing, the Black Death, the Great Fire of London, the sinking of
    the Titanic, the Spanish Civil War, the Russian Revolution, the American Civil War, the
    Boston Tea Party, the Battle of Hastings, the Battle of Waterloo, the Thirty Years' War, the
    Crimean War, the Boer War, the Opium Wars, the Meiji Restoration, the Mongol invasions, the
    Crusades, the Reformation, the Peace of Westphalia, the Congress of Vienna, the Treaty of
    Versailles, the Wall Street Crash, the Suez Crisis, the Cuban Missile Crisis, the Prague
    Spring, the Chernobyl disaster, the Industrial Revolution, the Gold Rush, the Irish Famine,
    the fall of Constantinople, the sack of Rome, the eruption of Vesuvius, the Lisbon
    earthquake, the Magna Carta, the Hundred Years' War, the Wars of the Roses, the Glorious
    Revolution, the Partition of India, the Korean War, the Vietnam War, the first Olympics, the
    Boxer Rebellion
""")

LANDMARKS = _listed("""
    the Eiffel Tower, the Colosseum, the Taj Mahal, the Great Wall of China, Machu Picchu, the
    Pyramids of Giza, Stonehenge, Big Ben, the Louvre, the Prado, the Hermitage, the Alhambra,
    the Acropolis, the Brandenburg Gate, Cologne Cathedral, Notre-Dame, Sagrada Familia, Mount
    Everest, Mount Fuji, Kilimanjaro, the Matterhorn, Mont Blanc, Table Mountain, Uluru, the
    Grand Canyon, Niagara Falls, Victoria Falls, Lake Titicaca, Lake Geneva, Lake Baikal, the
    Dead Sea, the Suez Canal, the Panama Canal, the Golden Gate Bridge, Tower Bridge, the Rialto
    Bridge, the Statue of Liberty, the Empire State Building, the White House, the Kremlin, Red
    Square, the Forbidden City, Angkor Wat, Borobudur, Petra, Hagia Sophia, the Blue Mosque, the
    Burj Khalifa, the Sydney Opera House, the Sahara, the Gobi Desert, the Great Barrier Reef,
    Loch Ness, Hadrian's Wall, the Leaning Tower of Pisa, Trevi Fountain, Neuschwanstein, the
    Atomium, Christ the Redeemer, Easter Island, Mount Rushmore
""")

FAMOUS_PEOPLE = _listed("""
    Marie Curie, Albert Einstein, Isaac Newton, Galileo, Charles Darwin, Ada Lovelace, Alan
    Turing, Nikola Tesla, Thomas Edison, Leonardo da Vinci, Michelangelo, Rembrandt, Vermeer,
    Van Gogh, Picasso, Frida Kahlo, Mozart, Beethoven, Bach, Chopin, Vivaldi, Verdi, Wagner,
    Shakespeare, Goethe, Cervantes, Dante, Tolstoy, Kafka, Jane Austen, Agatha Christie,
    Virginia Woolf, Charles Dickens, Victor Hugo, Homer, Plato, Aristotle, Socrates, Confucius,
    Buddha, Cleopatra, Julius Caesar, Augustus, Nero, Charlemagne, Genghis Khan, Marco Polo,
    Columbus, Magellan, Joan of Arc, Napoleon, Bismarck, Queen Victoria, Abraham Lincoln,
    Gandhi, Nelson Mandela, Rosa Parks, Martin Luther, Florence Nightingale, Amelia Earhart,
    Neil Armstrong, Yuri Gagarin, Charlie Chaplin, Alfred Hitchcock, Marilyn Monroe, Elvis
    Presley, Johannes Kepler, Euclid, Archimedes, Pythagoras, Fibonacci, Emmy Noether, Sigmund
    Freud, Immanuel Kant, Karl Marx, Hannah Arendt, Maria Callas
""")

WORKS = _listed("""
    Hamlet, Macbeth, Faust, Don Quixote, War and Peace, Moby Dick, Frankenstein, Dracula, The
    Odyssey, The Magic Flute, Carmen, Aida, Swan Lake, The Nutcracker, Guernica, The Scream, The
    Starry Night, The Night Watch, Casablanca, Metropolis, Vertigo, Psycho, Jaws, Alien, Blade
    Runner, The Godfather, Titanic, Star Wars, Bambi, Pinocchio, Peter Pan, Pippi Longstocking,
    Treasure Island, Robinson Crusoe, Gulliver's Travels, Oliver Twist, Jane Eyre, Emma,
    Ulysses, The Trial, The Castle, The Metamorphosis, Crime and Punishment, Anna Karenina, The
    Cherry Orchard, A Doll's House, Waiting for Godot, The Crucible, Animal Farm, The Hobbit,
    Bolero, The Four Seasons, Tosca, Turandot, Rigoletto, The Planets, Les Miserables, Candide
""")

BODY_PARTS = _listed("""
    heart, liver, kidney, lung, stomach, pancreas, spleen, gallbladder, appendix, bladder,
    brain, spinal cord, skull, jaw, collarbone, shoulder, elbow, wrist, thumb, rib, hip, knee,
    shin, ankle, heel, toe, tongue, tonsils, thyroid, retina, cornea, eardrum, sinuses,
    nostrils, throat, windpipe, diaphragm, skin, scalp, Achilles tendon, calf, thigh, pelvis,
    vertebra
""")

MACHINES = _listed("""
    diesel engine, jet engine, steam engine, heat pump, refrigerator, microwave oven, washing
    machine, dishwasher, lawnmower, chainsaw, forklift, crane, excavator, bulldozer, tractor,
    combine harvester, elevator, escalator, turbine, generator, transformer, wind turbine, solar
    inverter, 3D printer, laser printer, photocopier, scanner, telescope, submarine, helicopter,
    hovercraft, glider, airship, hot air balloon, motorcycle, gearbox, clutch, carburettor,
    alternator, espresso machine, sewing machine, lathe, milling machine, hydraulic press,
    conveyor belt, pacemaker, CT scanner, dialysis machine
""")

SOFTWARE = _listed("""
    spreadsheet, text editor, web browser, mail program, calendar app, photo library, database,
    compiler, firewall, backup, password manager, video player, printer driver, operating
    system, virtual machine, search engine, chat client, router firmware, invoice tool, ticket
    system, drawing program, slide deck, version control, file server, mailing list, cloud
    storage, build server, test suite, log viewer, time sheet, accounting package, booking
    system, web shop, payroll system, firmware
""")

DOCUMENTS = _listed("""
    handbook, manual, contract, lease, employment contract, travel policy, expense policy,
    privacy policy, terms of service, data sheet, user guide, safety sheet, warranty, insurance
    policy, house rules, statutes, style guide, onboarding guide, meeting minutes, project plan,
    annual report, budget, invoice, offer letter, service agreement, release notes, timetable,
    syllabus, exam rules, recipe book, wiki, knowledge base, staff guide, school letter, lab
    protocol, fire plan, rental agreement
""")

DOCUMENT_TOPICS = _listed("""
    parental leave, sick days, overtime, working from home, holidays, travel costs, pets, noise
    at night, the deposit, the notice period, data protection, visitors, parking, the red light,
    the blinking light, error code seven, descaling, the filter, the reset button, the warranty,
    returns, late fees, refunds, cancellation, delivery times, bank holidays, expenses, company
    cars, training budgets, side jobs, smoking, fire drills, lost badges, passwords, phone use,
    lunch breaks, dress code, recycling, bicycles, subletting, repairs, heating costs, insurance
    cover, cleaning, storage, the trial period, exam resits, night shifts, emergency exits, the
    battery, tyre pressure, oil changes, the fuse box, software updates, guest access
""")

PLACES_IN_TOWN = _listed("""
    library, post office, pharmacy, supermarket, bakery, swimming pool, town hall, museum, art
    gallery, zoo, aquarium, cinema, theatre, opera house, train station, bus station, airport,
    ferry terminal, hospital, clinic, dentist, vet, bank, cash machine, petrol station, charging
    station, car wash, garage, hardware store, garden centre, bookshop, toy shop, flower shop,
    market, recycling centre, police station, embassy, courthouse, tax office, job centre,
    university, school, kindergarten, playground, park, botanical garden, stadium, ice rink,
    gym, climbing hall, bowling alley, sauna, hairdresser, tailor, laundromat, hotel, youth
    hostel, campsite, restaurant, pizzeria, ice cream parlour, cafe, tea house, brewery, wine
    bar, night club, cemetery
""")

PRODUCTS = _listed("""
    gold, silver, copper, oil, coffee, cocoa, wheat, lithium, a tram ticket, a stamp, a train
    ticket to Lyon, a new bicycle, a litre of milk, a used car, a season ticket, a hotel room, a
    day pass, a haircut, a passport, a driving licence, a heat pump, a piano lesson, a ferry
    ticket, a pair of skis, a laptop, a camera lens, an espresso machine, an electric scooter,
    diesel, firewood, heating oil, a solar panel, a museum ticket, a taxi to the airport, a
    parking permit, a dozen eggs, olive oil
""")

TEAMS = _listed("""
    the Lions, the Tigers, the Rovers, the Wanderers, the Harbour Hawks, the Red Foxes, the
    Northern Stars, the Ice Bears, the Blue Sharks, the Rockets, the Pioneers, the Giants, the
    Dragons, the Falcons, the Thunder, the Comets, the Rangers, United, City, Athletic, Dynamo,
    Sporting, Olympia, Real, Ajax, Benfica, the national team, the women's team, the junior
    team, the Badgers, the Pirates, the Cobras, the Kings, the Saints, the Wolves, the Mariners,
    the Vikings, the Hornets
""")

TASKS = _listed("""
    change a tyre, bleed a radiator, descale a kettle, remove a red wine stain, iron a shirt,
    fold a fitted sheet, tie a bow tie, sew on a button, darn a sock, sharpen a knife, poach an
    egg, cook rice, bake sourdough, make yoghurt, pickle cucumbers, peel a mango, open a
    coconut, fillet a fish, carve a turkey, whip cream, temper chocolate, prune roses, repot an
    orchid, plant garlic, grow tomatoes, start a compost heap, catch a mouse, train a puppy,
    bathe a cat, clip a budgie's wings, unblock a drain, fix a dripping tap, hang a picture,
    plaster a wall, lay tiles, paint a ceiling, strip wallpaper, oil a chain, patch an inner
    tube, jump-start a car, parallel park, read a map, use a compass, pitch a tent, light a
    fire, tie a bowline, tune a guitar, read sheet music, play chess, solve a Rubik's cube,
    juggle, whistle, do a handstand, treat a burn, stop a nosebleed, get rid of hiccups, bandage
    an ankle, write a will, apply for a passport, register a car, file a tax return, cancel a
    subscription, write a cover letter, split a bill, calculate a percentage, back up a phone,
    clean a keyboard, remove rust, get gum out of hair, wax skis, wash wool, store potatoes,
    freeze herbs, keep bread fresh, ripen an avocado
""")

QUALITIES = _listed("""
    famous, popular, expensive, affordable, dangerous, beautiful, common, modern, traditional,
    local, healthy, colourful, elegant, peaceful, crowded, remote, historic, sacred, ancient,
    medieval, unusual, typical, simple, complicated, reliable, efficient, impressive, important,
    interesting, successful, influential, mysterious, delicious, fragile, ordinary, obscure
""")

RELATIVES = _listed("""
    daughter, son, wife, husband, mother, father, sister, brother, grandmother, grandfather,
    aunt, uncle, niece, nephew, cousin, boss, colleague, neighbour, teacher, friend, flatmate,
    doctor, landlord, partner, student, client, coach, grandson
""")

_ONSETS = _listed("""
    b, br, d, dr, f, fl, g, gr, h, j, k, kl, l, m, n, p, pl, r, s, sk, st, t, tr, th, v, w, y,
    z, sh, ch, qu
""")
_VOWELS = _listed("a, e, i, o, u, a, e, i, o, ai, ea, ou, oo, ia, y")
_CODAS = _listed("n, r, l, s, t, k, m, nd, rn, x, th, ss, lt, ck, sh, v, z")


def _made_up(rng: random.Random) -> str:
    syllables = rng.choice((1, 2, 2, 2, 3, 3, 4))
    built = "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(syllables))
    if syllables == 1 or rng.random() < 0.6:
        built += rng.choice(_CODAS)
    return built.capitalize()


def made_up_name(rng: random.Random, split: Split = "train") -> str:
    """Return a pronounceable name that no list holds, such as "Vordane", from the wanted split."""
    while True:
        name = _made_up(rng)
        if is_held_out(name) == (split == "held_out"):
            return name


_SMALL = _listed("""
    zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen,
    fourteen, fifteen, sixteen, seventeen, eighteen, nineteen
""")
_TENS = _listed("""
    zero, ten, twenty, thirty, forty, fifty, sixty, seventy, eighty, ninety
""")


def spelled(number: int) -> str:
    """Spell a whole number from 0 to 999999 in words, without hyphens, as people say it."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens] + (f" {_SMALL[rest]}" if rest else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_SMALL[hundreds]} hundred" + (f" and {spelled(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    return f"{spelled(thousands)} thousand" + (f" {spelled(rest)}" if rest else "")


def _magnitude(rng: random.Random) -> int:
    """Draw a number the way talk does: small ones often, large ones now and then."""
    limit = rng.choice((12, 30, 100, 100, 100, 1000, 10000))
    number = rng.randint(2, limit)
    return number if number < 1000 else round(number, -1)


def number_words(rng: random.Random) -> str:
    """Return a number in words, such as "three hundred and five"."""
    return spelled(_magnitude(rng))


def digits(rng: random.Random) -> str:
    """Return a number in digits, now and then with a decimal point or a thousands comma."""
    number = _magnitude(rng)
    if number < 100 and rng.random() < 0.15:
        return f"{number}.{rng.randint(1, 9)}"
    return f"{number:,}" if rng.random() < 0.5 else str(number)


def number(rng: random.Random) -> str:
    """Return a number, in digits or in words."""
    return number_words(rng) if rng.random() < 0.5 else digits(rng)


def small_number(rng: random.Random) -> str:
    """Return a number from 2 to 60 as it stands before "minutes", in digits or in words."""
    drawn = rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 20, 25, 30, 40, 45, 50, 60))
    return spelled(drawn) if rng.random() < 0.5 else str(drawn)


def clock_time(rng: random.Random) -> str:
    """Return a time of day in one of its usual spellings: "half past six", "7:15", "3 pm"."""
    hour, minute = rng.randint(1, 12), rng.choice((5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55))
    word = _SMALL[hour]
    return rng.choice(
        (
            f"{hour}:{minute:02d}", f"{hour} {rng.choice(('am', 'pm'))}", f"{word} o'clock",
            f"half past {word}", f"a quarter to {word}", f"a quarter past {word}", "noon",
            f"{word} {spelled(minute)}" if minute > 5 else word, "midnight",
            f"{hour}:{minute:02d} {rng.choice(('am', 'pm'))}", f"{word} in the evening",
            f"{word} in the morning",
        )
    )  # fmt: skip


def year(rng: random.Random) -> str:
    """Return a year, in digits or spoken ("nineteen eighty four")."""
    drawn = rng.randint(1100, 2029)
    century, rest = divmod(drawn, 100)
    if rest < 10 or rng.random() < 0.6:
        return str(drawn)
    return f"{spelled(century)} {spelled(rest)}"


_ORDINALS = _listed("""
    first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, eleventh,
    twelfth, thirteenth, fourteenth, fifteenth, sixteenth, seventeenth, eighteenth, nineteenth,
    twentieth
""")


def day(rng: random.Random) -> str:
    """Return a day as people name it: "tomorrow", "next Friday", "the third of May", "May 3"."""
    month, weekday = rng.choice(MONTHS), rng.choice(WEEKDAYS)
    return rng.choice(
        (
            "today", "tomorrow", "tonight", "the day after tomorrow", "next week", "this weekend",
            weekday, weekday,
            f"next {weekday}", f"this {weekday}", f"{weekday} morning", f"{weekday} evening",
            "tomorrow morning", f"the {rng.choice(_ORDINALS)} of {month}",
            f"{month} {rng.randint(1, 28)}", f"{month} {rng.choice(_ORDINALS)}",
        )
    )  # fmt: skip


def date(rng: random.Random) -> str:
    """Return a calendar date: "the third of May", "May 3", "June fifth"."""
    month = rng.choice(MONTHS)
    ordinal = rng.choice(_ORDINALS)
    return rng.choice(
        (f"the {ordinal} of {month}", f"{month} {rng.randint(1, 28)}", f"{month} {ordinal}")
    )


def _named(rng: random.Random, split: Split, words: Sequence[str], made_up_share: float) -> str:
    """Choose a listed word, or invent one: a model must understand around words it never saw."""
    if rng.random() < made_up_share:
        return made_up_name(rng, split)
    return choose(rng, words, split)


def first_name(rng: random.Random, split: Split) -> str:
    """Return a first name of a split, one in five of them made up."""
    return _named(rng, split, FIRST_NAMES, 0.2)


def full_name(rng: random.Random, split: Split) -> str:
    """Return first and last name, each now and then made up."""
    return f"{_named(rng, split, FIRST_NAMES, 0.25)} {_named(rng, split, LAST_NAMES, 0.35)}"


def person(rng: random.Random, split: Split) -> str:
    """Return somebody one can ask about: a historical person or an unknown one."""
    return choose(rng, FAMOUS_PEOPLE, split) if rng.random() < 0.5 else full_name(rng, split)


_IRREGULAR_PLURALS = {
    "wolf": "wolves",
    "mouse": "mice",
    "deer": "deer",
    "sheep": "sheep",
    "moose": "moose",
    "salmon": "salmon",
    "squid": "squid",
    "goose": "geese",
    "jellyfish": "jellyfish",
    "knife": "knives",
    "scarf": "scarves",
    "fisherman": "fishermen",
}


def plural(noun: str) -> str:
    """Return the plural of a noun of these lists."""
    if noun in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


_LENGTHS = _listed("""
    metres, centimetres, millimetres, kilometres, inches, feet, yards, miles, nautical miles,
    furlongs
""")
_MASSES = _listed("grams, kilograms, milligrams, tonnes, ounces, pounds, stone, kilos")
_VOLUMES = _listed("""
    litres, millilitres, gallons, quarts, pints, cups, tablespoons, teaspoons, fluid ounces,
    decilitres
""")
_DURATIONS = _listed("seconds, minutes, hours, days, weeks, months, years, decades")
_AREAS = _listed("""
    square metres, square feet, acres, hectares, square miles, square kilometres, square yards
""")
_ENERGIES = _listed("""
    joules, kilojoules, calories, kilocalories, watt hours, kilowatt hours
""")
_SPEEDS = _listed("""
    kilometres per hour, miles per hour, metres per second, knots, feet per second
""")
_DATA = _listed("bytes, kilobytes, megabytes, gigabytes, terabytes, bits")
_TEMPERATURES = _listed("""
    degrees Celsius, degrees Fahrenheit, kelvin, Celsius, Fahrenheit, centigrade
""")
_CURRENCIES = _listed("""
    euros, dollars, pounds, yen, francs, kroner, pesos, rupees, rand, zloty, forints, lira,
    yuan, won, dinars, shekels
""")

SAYINGS = _listed("""
    breathe, breathe in, breathe out, inhale, exhale, relax, sit up straight, drink water, stand
    up, stretch, blink, smile, look away, switch sides, change legs, hold, push, pull, next,
    step, left, right, go, stop, jump, squat, turn around, drop your shoulders, unclench your
    jaw, look out of the window, keep going, one more, nearly there, rest, swap, lift, lower,
    tick, beep, stir, flip the pancake, check the oven, take a sip, move your neck, roll your
    wrists, tap your feet, well done
""")

CHORES = _listed("""
    call {first}, call {first} back, write to {first}, meet {first}, pick up {first}, thank
    {first}, email {company}, phone the {shop}, water the {plant}, feed the {animal}, walk the
    {animal}, take the {animal} to the vet, take out the bins, empty the dishwasher, hang up the
    laundry, turn off the oven, take the {food} out of the oven, stir the {food}, buy {food},
    defrost the {food}, pay the rent, pay the bill, renew the {document}, sign the {document},
    send the {document}, read the {document}, book a table, check the {object}, charge the
    {object}, bring the {object}, return the {object}, fix the {object}, clean the {object},
    take my pills, drink some water, do my stretches, practise the {instrument}, go for a run,
    leave for the station, pack my bag, lock the door, close the window, open the window, move
    the car, feed the parking meter, go to bed, stand up, join the meeting, start the {machine},
    update the {software}, back up the {software}, buy {product}, cancel the trial, wish {first}
    a happy birthday
""")

MESSAGES = _listed("""
    I am running late, I am on my way, I will be there at {time}, happy birthday, dinner is
    ready, the meeting is moved, see you {day}, we need {food}, call me back, the {object} is
    broken, the {document} is signed, I am at the {shop}, thank you, the train is late, I can't
    make it {day}, I miss you, good luck {day}, the {animal} is fine, I found the {object},
    start without me, the key is under the mat, bring the {object}, I booked the tickets, let's
    meet at {time}, I am sorry, I got the job, take your time
""")

GENRES = _listed("""
    jazz, blues, rock, folk, techno, house, ambient, classical music, baroque music, opera, hip
    hop, rap, soul, funk, disco, punk, metal, country, bluegrass, reggae, salsa, samba, tango,
    flamenco, swing, gospel, chill-out music, film music, nursery rhymes, lullabies, white
    noise, rain sounds, whale songs, birdsong, Christmas carols, sea shanties, piano music,
    string quartets
""")

ROOMS = _listed("""
    kitchen, bathroom, bedroom, living room, dining room, hallway, cellar, attic, garage,
    garden, study, office, nursery, balcony, terrace, guest room, laundry room, porch, shed,
    staircase, workshop, pantry, conservatory, basement, playroom
""")

DEVICES = _listed("""
    lights, lamp, ceiling light, heating, radiator, fan, air conditioning, television, radio,
    coffee machine, oven, blinds, shutters, curtains, sprinkler, vacuum robot, alarm, door lock,
    doorbell, projector, humidifier, boiler, speaker, night light, fairy lights
""")

LISTS = _listed("""
    shopping, packing, to-do, wish, guest, reading, grocery, chores, birthday, gift, errands,
    work, holiday, party, weekend, film
""")

MEETINGS = _listed("""
    meeting, call, appointment, lunch, dinner, interview, review, workshop, rehearsal, lesson,
    check-up, viewing, training, party, exam, deadline, hearing, visit, date, board meeting,
    stand-up, parents' evening, dentist appointment, haircut
""")

BOOKABLE = _listed("""
    table, room, flight, taxi, hotel, train ticket, hire car, massage, haircut, court, seat,
    ferry, meeting room, cottage, tour, babysitter, plumber, desk, bicycle, guide, piano lesson,
    parking space, sauna slot, cinema ticket
""")

DISHES = tuple(food for food in FOODS if not food.endswith("s") or food in ("couscous", "hummus"))
"""The foods that take a singular verb."""

Filler = Callable[[random.Random, Split], str]

SLOTS: Mapping[str, Sequence[str]] = {
    "animal": ANIMALS,
    "plant": PLANTS,
    "object": OBJECTS,
    "job": JOBS,
    "food": FOODS,
    "dish": DISHES,
    "substance": SUBSTANCES,
    "instrument": INSTRUMENTS,
    "sport": SPORTS,
    "weekday": WEEKDAYS,
    "month": MONTHS,
    "unit": UNITS,
    "colour": COLOURS,
    "language": LANGUAGES,
    "phrase": PHRASES,
    "word": RARE_WORDS,
    "topic": TOPICS,
    "event": EVENTS,
    "landmark": LANDMARKS,
    "famous": FAMOUS_PEOPLE,
    "work": WORKS,
    "body": BODY_PARTS,
    "machine": MACHINES,
    "software": SOFTWARE,
    "document": DOCUMENTS,
    "clause": DOCUMENT_TOPICS,
    "shop": PLACES_IN_TOWN,
    "product": PRODUCTS,
    "length": _LENGTHS,
    "mass": _MASSES,
    "volume": _VOLUMES,
    "duration": _DURATIONS,
    "area": _AREAS,
    "energy": _ENERGIES,
    "speed": _SPEEDS,
    "data": _DATA,
    "temperature": _TEMPERATURES,
    "currency": _CURRENCIES,
    "saying": SAYINGS,
    "chore": CHORES,
    "message": MESSAGES,
    "genre": GENRES,
    "room": ROOMS,
    "device": DEVICES,
    "list": LISTS,
    "meeting": MEETINGS,
    "bookable": BOOKABLE,
    "team": TEAMS,
    "task": TASKS,
    "quality": QUALITIES,
    "relative": RELATIVES,
}
"""Slots that are filled from a list."""

FILLERS: Mapping[str, Filler] = {
    "city": lambda rng, split: _named(rng, split, CITIES, 0.2),
    "country": lambda rng, split: _named(rng, split, COUNTRIES, 0.1),
    "river": lambda rng, split: _named(rng, split, RIVERS, 0.2),
    "company": lambda rng, split: _named(rng, split, COMPANIES, 0.3),
    "animals": lambda rng, split: plural(choose(rng, ANIMALS, split)),
    "objects": lambda rng, split: plural(choose(rng, OBJECTS, split)),
    "jobs": lambda rng, split: plural(choose(rng, JOBS, split)),
    "machines": lambda rng, split: plural(choose(rng, MACHINES, split)),
    "made_up": made_up_name,
    "first": first_name,
    "full": full_name,
    "person": person,
    "number": lambda rng, _: number(rng),
    "digits": lambda rng, _: digits(rng),
    "words": lambda rng, _: number_words(rng),
    "few": lambda rng, _: small_number(rng),
    "time": lambda rng, _: clock_time(rng),
    "day": lambda rng, _: day(rng),
    "date": lambda rng, _: date(rng),
    "year": lambda rng, _: year(rng),
}
"""Slots that are filled by a function, because their values are too many to list."""

_SLOT = re.compile(r"\{([a-z_]+?)\d?\}")
_ARTICLE = re.compile(
    r"\b([Aa]) (?=[aeiouAEIOU]|hour|8\b|11\b|18\b)(?!uni|use|uku|eu|one\b|Uni|Eu)"
)


def fill(
    rng: random.Random,
    template: str,
    split: Split,
    nested: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Replace every slot of a template by a word of the split, never the same word twice.

    A slot may carry a digit to tell it from another of its kind ("{city} to {city2}"). `nested`
    adds slots whose words may hold slots themselves. "a" becomes "an" where the next word asks.
    """
    used: set[str] = set()

    def replace(found: re.Match[str]) -> str:
        name = found.group(1)
        if nested is not None and name in nested:
            return fill(rng, choose(rng, nested[name], split), split, nested)
        for _ in range(8):
            filler = FILLERS.get(name)
            word = filler(rng, split) if filler else choose(rng, SLOTS[name], split)
            word = _SLOT.sub(replace, word)
            if word not in used:
                break
        else:
            # Short lists have a single held-out word: a pair then takes its second from the rest.
            others = [other for other in SLOTS.get(name, (word,)) if other not in used]
            word = choose(rng, others or [word], split)
        used.add(word)
        return word

    return _ARTICLE.sub(r"\1n ", _SLOT.sub(replace, template))


def as_sentence(text: str) -> str:
    """Start a text with a capital letter."""
    return text[:1].upper() + text[1:]
