"""Store: every query, bound to one connection for the length of one unit."""

from sqlalchemy import Connection

from storage.actions import Actions
from storage.adjustments import Adjustments
from storage.audit import Audit
from storage.bots import Bots
from storage.bulk import Bulk
from storage.business import Business
from storage.cards import Cards
from storage.case_pages import CasePages
from storage.case_work import CaseWork
from storage.cases import Cases
from storage.changes import FEED, OUTBOX
from storage.charities import Charities
from storage.code_generations import CodeGenerations
from storage.consents import Consents
from storage.customer_import import CustomerImport
from storage.customers import Customers
from storage.desk import DeskTopics
from storage.desk_numbers import DeskNumbers
from storage.dialogues import Dialogues
from storage.directory import Directory
from storage.duplicates import Duplicates
from storage.entries import Entries
from storage.facts import Facts
from storage.feed import Feed
from storage.feedback import Feedback
from storage.fields import Fields
from storage.files import Files
from storage.flags import Flags
from storage.goals import Goals
from storage.import_undo import ImportUndo
from storage.imports import Imports
from storage.inbox import Inbox
from storage.leases import Leases
from storage.liability import Liability
from storage.likes import Likes
from storage.members import Members
from storage.moves import Moves
from storage.nameless import Nameless
from storage.occasions import Occasions
from storage.outbox import Outbox
from storage.partings import Partings
from storage.people import People
from storage.points import Points
from storage.preferences import Preferences
from storage.promo_reports import PromoReports
from storage.promos import Promos
from storage.purchase_import import PurchaseImport
from storage.purchases import Purchases
from storage.quality import Quality
from storage.questionnaires import Questionnaires
from storage.reach import Reach
from storage.recoveries import Recoveries
from storage.referrals import Referrals
from storage.reports import Reports
from storage.return_requests import ReturnRequests
from storage.returns import Returns
from storage.reviews import Reviews
from storage.sampling import Sampling
from storage.second_channels import SecondChannels
from storage.segments.queries import Segments
from storage.services import Services
from storage.staff import StaffMembers
from storage.standings import Standings
from storage.statements import Statements
from storage.stats import Stats
from storage.survey_results import SurveyResults
from storage.surveys import SurveyRuns
from storage.till import Till
from storage.timeline import Timeline
from storage.tombstones import Tombstones
from storage.voices import Voices
from storage.week import Week
from storage.whole_base import WholeBase


class Store:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.actions = Actions(connection)
        self.adjustments = Adjustments(connection)
        self.audit = Audit(connection)
        self.bots = Bots(connection)
        self.bulk = Bulk(connection)
        self.business = Business(connection)
        self.cards = Cards(connection)
        self.cases = Cases(connection)
        self.case_pages = CasePages(connection)
        self.case_work = CaseWork(connection)
        self.charities = Charities(connection)
        self.code_generations = CodeGenerations(connection)
        self.consents = Consents(connection)
        self.customer_import = CustomerImport(connection)
        self.customers = Customers(connection)
        self.desk = DeskTopics(connection)
        self.desk_numbers = DeskNumbers(connection)
        self.dialogues = Dialogues(connection)
        self.directory = Directory(connection)
        self.duplicates = Duplicates(connection)
        self.entries = Entries(connection)
        self.facts = Facts(connection)
        self.feed = Feed(connection)
        self.feedback = Feedback(connection)
        self.nameless = Nameless(connection)
        self.import_undo = ImportUndo(connection)
        self.imports = Imports(connection)
        self.fields = Fields(connection)
        self.files = Files(connection)
        self.inbox = Inbox(connection)
        self.leases = Leases(connection)
        self.liability = Liability(connection)
        self.members = Members(connection)
        self.likes = Likes(connection)
        self.moves = Moves(connection)
        self.outbox = Outbox(connection)
        self.flags = Flags(connection)
        self.goals = Goals(connection)
        self.occasions = Occasions(connection)
        self.partings = Partings(connection)
        self.people = People(connection)
        self.points = Points(connection)
        self.preferences = Preferences(connection)
        self.promo_reports = PromoReports(connection)
        self.promos = Promos(connection)
        self.purchase_import = PurchaseImport(connection)
        self.purchases = Purchases(connection)
        self.quality = Quality(connection)
        self.questionnaires = Questionnaires(connection)
        self.reach = Reach(connection)
        self.recoveries = Recoveries(connection)
        self.referrals = Referrals(connection)
        self.reports = Reports(connection)
        self.return_requests = ReturnRequests(connection)
        self.returns = Returns(connection)
        self.reviews = Reviews(connection)
        self.sampling = Sampling(connection)
        self.second_channels = SecondChannels(connection)
        self.services = Services(connection)
        self.segments = Segments(connection)
        self.staff = StaffMembers(connection)
        self.standings = Standings(connection)
        self.statements = Statements(connection)
        self.stats = Stats(connection)
        self.survey_results = SurveyResults(connection)
        self.surveys = SurveyRuns(connection)
        self.till = Till(connection)
        self.timeline = Timeline(connection)
        self.tombstones = Tombstones(connection)
        self.voices = Voices(connection)
        self.whole_base = WholeBase(connection)
        self.week = Week(connection)

    def finish(self) -> frozenset[str]:
        """Write what was kept for the unit's end; the topics that somebody may be waiting for."""
        topics = set()
        if self.feed.write_pending():
            topics.add(FEED)
        if self.outbox.has_new:
            topics.add(OUTBOX)
        return frozenset(topics)
