"""What the example company is: its locations, roles, contents, and what it trained whom in."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Chicago")
TODAY = date(2026, 11, 23)
LAST_EVENT = datetime(2026, 11, 22, tzinfo=UTC)
ROSTER = "employee_number stores job_codes language start_date status"
ENROLLMENTS = "trainee content status version assigned due completed"
PROGRESS = "trainee module course status version completed"
OLD_CODE = {"houston-1": ("line-cook", "cook"), "houston-2": ("line-cook", "cook")}

# location, brand, franchise (- where the company owns it), regions
LOCATIONS = """
airport-atlanta  tidewick    eastquay    east
airport-austin   emberlark   pecan-bend  south
airport-chicago  emberlark   -           midwest
airport-dallas   maizehollow -           south
airport-denver   maizehollow mesaluz     west
atlanta-1        tidewick    -           east
atlanta-2        maizehollow eastquay    east
atlanta-3        emberlark   -           east
austin-1         emberlark   pecan-bend  south
austin-2         maizehollow pecan-bend  south
austin-3         tidewick    -           south
boston-1         tidewick    eastquay    east
charlotte-1      maizehollow -           east
chicago-1        emberlark   -           midwest
chicago-2        emberlark   northlamp   midwest
chicago-3        tidewick    northlamp   midwest
chicago-4        maizehollow northlamp   midwest
dallas-1         emberlark   pecan-bend  south
dallas-2         maizehollow -           south
dallas-3         tidewick    -           south
denver-1         emberlark   mesaluz     west
denver-2         maizehollow mesaluz     west
denver-3         tidewick    -           west
houston-1        emberlark   gulfrow     south
houston-2        maizehollow gulfrow     south
houston-3        tidewick    gulfrow     south
milwaukee-1      maizehollow northlamp   midwest
minneapolis-1    emberlark   -           midwest
minneapolis-2    maizehollow northlamp   midwest
nashville-1      emberlark   -           south
new-orleans-1    tidewick    gulfrow     south
philadelphia-1   tidewick    eastquay    east
philadelphia-2   maizehollow -           east
phoenix-1        emberlark   mesaluz     west
phoenix-2        maizehollow mesaluz     west
portland-1       tidewick    firline     west
portland-2       maizehollow firline     west
salt-lake-1      maizehollow firline     west
san-antonio-1    emberlark   pecan-bend  south
st-louis-1       maizehollow northlamp   midwest,south
"""
SITES = {line.split()[0]: line.split()[1:] for line in LOCATIONS.strip().splitlines()}
BRANDS = ("emberlark", "tidewick", "maizehollow")

PARENT = {
    "food-and-beverage": "operations",
    "kitchen": "food-and-beverage",
    "pastry": "kitchen",
    "bar": "food-and-beverage",
    "floor": "operations",
    "shift-management": "management",
}
# role, department, how many a location of each brand has, the second role of some (- none)
ROLES = """
general-manager   management        1 1 1  -
assistant-manager management        1 1 1  -
shift-lead        shift-management  1 1 2  server
head-chef         kitchen           1 1 1  -
sous-chef         kitchen           1 1 1  -
line-cook         kitchen           6 5 6  prep-cook
prep-cook         kitchen           3 3 4  line-cook
dishwasher        kitchen           2 2 2  prep-cook
pastry-chef       pastry            1 1 0  -
bartender         bar               3 3 0  server
barback           bar               1 1 0  bartender
server            floor             7 7 3  shift-lead
host              floor             2 2 2  server
busser            floor             2 2 2  host
"""
JOBS = {line.split()[0]: line.split()[1:] for line in ROLES.strip().splitlines()}
LEADERS = ("general-manager", "assistant-manager", "head-chef", "sous-chef")

# course, minutes, title, the days on which versions 2 and 3 were published
COURSES = """
airport-badge                 20  Working behind airport security
allergen-basics               30  The nine major allergens          | 2023-02-01 2025-09-01
allergen-conversations        15  Talking with guests about allergens
cash-handling                 20  Handling cash                     | 2024-05-06
checking-identification       15  Checking identification
cleaning-chemicals            20  Cleaning chemicals                | 2022-08-15
coaching-conversations        35  Coaching conversations
cocktail-standards            35  Cocktail standards                | 2025-03-03
code-of-conduct               30  Code of conduct                   | 2022-01-10 2025-04-01
cross-contact                 20  Preventing cross-contact          | 2023-02-01 2025-09-01
fire-safety                   20  Fire safety
food-safety-manager          120  Food safety for managers          | 2024-01-08
food-storage                  25  Storing food at the right temperature | 2023-10-02
fryer-and-grill               25  Working at the fryer and the grill
handwashing                   10  Washing hands                     | 2021-03-01
harassment-prevention         60  Preventing harassment             | 2022-01-10 2024-01-15
harassment-prevention-leaders 90  Preventing harassment, for leaders | 2024-01-15
holiday-menu                  20  The holiday menu
inventory-counting            20  Counting the inventory
knife-safety                  20  Knife safety
pastry-basics                 40  Pastry basics
point-of-sale                 25  Taking orders and payments        | 2022-06-20 2025-10-06
recipe-standards              30  Recipe standards                  | 2024-09-09
responsible-alcohol           45  Serving alcohol responsibly       | 2022-07-01 2025-01-06
romaine-recall                10  Recall briefing on romaine lettuce
scheduling-basics             30  Writing a schedule
table-service                 40  Table service                     | 2024-02-12
welcome                       15  Welcome to the company            | 2023-05-01
wine-basics                   30  Wine basics
workplace-safety              25  Workplace safety                  | 2024-07-01
"""
MODULES = """
allergens           Allergens, for everyone near food | 2023-02-01 2025-09-01
    = allergen-basics cross-contact allergen-conversations
bar-foundations     Behind the bar
    = responsible-alcohol checking-identification cocktail-standards wine-basics
food-safety         Food safety | 2023-10-02
    = handwashing food-storage cross-contact cleaning-chemicals
kitchen-foundations First weeks in the kitchen
    = knife-safety food-storage cleaning-chemicals recipe-standards fryer-and-grill
new-leader          First weeks as a leader
    = scheduling-basics coaching-conversations cash-handling inventory-counting
    = harassment-prevention-leaders food-safety-manager
onboarding          First days | 2024-07-01
    = welcome code-of-conduct workplace-safety handwashing fire-safety
pastry              The pastry station
    = pastry-basics recipe-standards allergen-basics
service-foundations First weeks on the floor | 2024-02-12
    = table-service point-of-sale cash-handling allergen-conversations
"""

# content, for whom (a department, a role, a brand, location names that start so, or all), offered
# since, how many of a hundred got it, days until it was due
HISTORY = """
module/onboarding                    all               2018-01-01  99  14
module/food-safety                   kitchen           2019-01-07  85  30
module/kitchen-foundations           kitchen           2019-01-07  70  30
module/service-foundations           floor             2019-01-07  85  30
module/bar-foundations               bar               2020-02-03  90  30
module/pastry                        pastry            2021-09-06  85  30
module/new-leader                    management        2020-02-03  85  60
module/allergens                     food-and-beverage 2023-03-01  98  30
module/allergens                     floor             2023-03-01  35  30
course/code-of-conduct               all               2025-04-01  86  30
course/harassment-prevention         all               2022-01-10  12  30
course/harassment-prevention-leaders management        2024-02-01  60  45
course/responsible-alcohol           bar               2020-03-02  92  21
course/responsible-alcohol           server            2022-07-01  93  21
course/responsible-alcohol           shift-lead        2022-07-01  85  21
course/knife-safety                  kitchen           2018-01-01  25  14
course/fire-safety                   all               2026-08-03  40  30
course/food-safety-manager           head-chef         2024-02-01  82  60
course/food-safety-manager           sous-chef         2024-02-01  70  60
course/coaching-conversations        shift-lead        2025-02-03  45  45
course/point-of-sale                 floor             2025-10-06  40  14
course/airport-badge                 airport-          2021-05-03  84  10
course/holiday-menu                  tidewick          2026-11-02  94  21
course/romaine-recall                austin-           2026-11-12  84   7
course/romaine-recall                san-antonio-      2026-11-12  72   7
"""

# how long ago people were hired: from and to days, how many of the leaders, how many of the crew
SENIORITY = """
-7     0   0  12
1     22   1  30
23    90   3  85
91   365  15 290
366 1095  35 350
1096 2900 46 233
"""
AGES = [[int(word) for word in line.split()] for line in SENIORITY.strip().splitlines()]
DAYS_TO_COMPLETE = ((1, 7, 40), (8, 20, 38), (21, 60, 17), (61, 200, 5))
RARE = {"terminated": 52, "on leave": 34, "no status": 6, "no hire date": 9, "no language": 7}
