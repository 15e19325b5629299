"""Everyday kinds of emojitwo pictures, told apart at 30 pixels, as the captioner names them."""

# name|plural (where it is not name + s) and the code of the picture. What the drawn world has too
# bears the same name. Left out: what looks nearly like another entry, what shows several of its
# kind at once (cherries: counts must stay true) and what has no singular (scissors).
_TABLE = """
# animals
dog 1f415; cat 1f408; wolf|wolves 1f43a; fox|foxes 1f98a; lion 1f981; tiger 1f405; horse 1f40e;
deer|deer 1f98c; unicorn 1f984; cow 1f404; pig 1f416; sheep|sheep 1f411; goat 1f410; camel 1f42a;
elephant 1f418; rhino 1f98f; mouse|mice 1f401; hamster 1f439; rabbit 1f407; squirrel 1f43f;
bat 1f987; bear 1f43b; koala 1f428; panda 1f43c; gorilla 1f98d; monkey 1f412; turkey 1f983;
chicken 1f414; rooster 1f413; chick 1f425; bird 1f426; penguin 1f427; dove 1f54a; eagle 1f985;
duck 1f986; owl 1f989; frog 1f438; crocodile 1f40a; turtle 1f422; lizard 1f98e; snake 1f40d;
dragon 1f409; whale 1f433; dolphin 1f42c; fish|fish 1f41f; clownfish|clownfish 1f420;
shark 1f988; octopus|octopuses 1f419; seashell 1f41a; crab 1f980; shrimp|shrimp 1f990;
butterfly|butterflies 1f98b; snail 1f40c; caterpillar 1f41b; ant 1f41c; bee 1f41d; ladybug 1f41e;
spider 1f577; spider web 1f578;
# plants
rose 1f339; sunflower 1f33b; flower 1f33c; tulip 1f337; cherry blossom 1f338; bouquet 1f490;
pine 1f332; tree 1f333; palm 1f334; cactus|cacti 1f335; seedling 1f331; clover 1f340;
leaf|leaves 1f342; mushroom 1f344;
# fruit and vegetables
melon 1f348; watermelon 1f349; tangerine 1f34a; lemon 1f34b; banana 1f34c; pineapple 1f34d;
apple 1f34e; pear 1f350; peach|peaches 1f351; strawberry|strawberries 1f353; kiwi 1f95d;
tomato|tomatoes 1f345; avocado 1f951; eggplant 1f346; potato|potatoes 1f954; carrot 1f955;
corn cob 1f33d; pepper 1f336; cucumber 1f952; peanut 1f95c;
# food
loaf|loaves 1f35e; croissant 1f950; baguette 1f956; pancake 1f95e; cheese 1f9c0; burger 1f354;
pizza 1f355; hot dog 1f32d; taco 1f32e; sandwich|sandwiches 1f959; egg 1f95a; fried egg 1f373;
chicken leg 1f357; salad 1f957; rice ball 1f359; ice cream 1f366; snow cone 1f367; donut 1f369;
cookie 1f36a; birthday cake 1f382; cake 1f370; chocolate bar 1f36b; candy|candies 1f36c;
lollipop 1f36d; pudding 1f36e; honey pot 1f36f; baby bottle 1f37c; glass|glasses 1f95b; cup 2615;
plate 1f37d; spoon 1f944; vase 1f3fa;
# places and buildings
globe 1f30d; map 1f5fa; mountain 1f3d4; volcano|volcanoes 1f30b; museum 1f3db; crane 1f3d7;
house 1f3e0; office building 1f3e2; hospital 1f3e5; school 1f3eb; factory|factories 1f3ed;
castle 1f3f0; pagoda 1f3ef; tower 1f5fc; statue 1f5fd; fountain 26f2; tent 26fa;
ferris wheel 1f3a1; roller coaster 1f3a2; circus tent 1f3aa;
# what moves
train 1f682; tram 1f68a; bus|buses 1f68c; ambulance 1f691; fire truck 1f692; police car 1f693;
taxi 1f695; car 1f697; truck 1f69a; tractor 1f69c; bicycle 1f6b2; scooter 1f6f4; moped 1f6f5;
motorcycle 1f3cd; race car 1f3ce; gas pump 26fd; traffic light 1f6a6; road block 1f6a7;
stop sign 1f6d1; anchor 2693; boat 26f5; canoe 1f6f6; ship 1f6a2; plane 2708; helicopter 1f681;
cable car 1f6a0; rocket 1f680; satellite 1f6f0;
# the house
armchair 1f4ba; door 1f6aa; bed 1f6cf; couch|couches 1f6cb; toilet 1f6bd; shower 1f6bf;
bathtub 1f6c1; hourglass|hourglasses 231b; watch|watches 231a; clock 23f0; candle 1f56f;
light bulb 1f4a1; flashlight 1f526; lantern 1f3ee; trash can 1f5d1; lock 1f512; key 1f511;
mailbox|mailboxes 1f4eb;
# the sky and weather
moon 1f319; sun 2600; star 2b50; cloud 2601; raincloud 1f327; storm cloud 1f329;
tornado|tornadoes 1f32a; rainbow 1f308; umbrella 2602; thunderbolt 26a1; snowflake 2744;
snowman|snowmen 26c4; fire 1f525; drop 1f4a7; wave 1f30a;
# parties, sports and play
pumpkin 1f383; balloon 1f388; party popper 1f389; bow 1f380; gift 1f381; trophy|trophies 1f3c6;
medal 1f3c5; soccer ball 26bd; baseball 26be; basketball 1f3c0; volleyball 1f3d0; football 1f3c8;
tennis racket 1f3be; bowling set 1f3b3; boxing glove 1f94a; target 1f3af; fishing rod 1f3a3;
game controller 1f3ae; joystick 1f579; die|dice 1f3b2; heart 2764;
# music
megaphone 1f4e3; bell 1f514; music note 1f3b5; microphone 1f3a4; radio 1f4fb; saxophone 1f3b7;
guitar 1f3b8; trumpet 1f3ba; violin 1f3bb; drum 1f941;
# machines
phone 1f4f1; telephone 260e; laptop 1f4bb; printer 1f5a8; keyboard 2328; movie camera 1f3a5;
camera 1f4f7; television 1f4fa; battery|batteries 1f50b; plug 1f50c;
# tools and school things
magnifying glass|magnifying glasses 1f50d; microscope 1f52c; telescope 1f52d;
satellite dish|satellite dishes 1f4e1; book 1f4d5; open book 1f4d6; scroll 1f4dc;
newspaper 1f4f0; money bag 1f4b0; envelope 2709; box|boxes 1f4e6; pencil 270f; pen 1f58a;
paintbrush|paintbrushes 1f58c; crayon 1f58d; palette 1f3a8; briefcase 1f4bc; calendar 1f4c5;
pushpin 1f4cc; paperclip 1f4ce; ruler 1f4cf; hammer 1f528; pickaxe 26cf; wrench|wrenches 1f527;
gear 2699; shield 1f6e1; scale 2696; syringe 1f489; pill 1f48a; shopping cart 1f6d2;
# clothes
tie 1f454; shirt 1f455; dress|dresses 1f457; handbag 1f45c; backpack 1f392; sneaker 1f45f;
high heel 1f460; sandal 1f461; boot 1f462; crown 1f451; hat 1f452; top hat 1f3a9;
graduation cap 1f393; helmet 26d1; lipstick 1f484; ring 1f48d; diamond 1f48e; kimono 1f458;
robot 1f916; ghost 1f47b; person|people 1f6b6;
"""


def _read(table: str) -> dict[str, tuple[str, str]]:
    rows = [line for line in table.strip().splitlines() if not line.startswith("#")]
    kinds = {}
    for entry in filter(None, " ".join(rows).split(";")):
        words, code = entry.strip().rsplit(" ", 1)
        name, _, plural = words.partition("|")
        kinds[name] = (plural or f"{name}s", code)
    return kinds


EMOJI: dict[str, tuple[str, str]] = _read(_TABLE)  # name -> (plural, code of the picture)
