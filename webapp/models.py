"""Every model, so that migrations and tests see the whole schema by importing this one module."""

from webapp.accounts.models import ApiToken, Membership, OnceKey, Organisation, Person, SignIn, SignInAttempt
from webapp.allocation.models import Interest, Overrule, ReviewerProfile
from webapp.cases.models import Assignment, Case, Stay
from webapp.challenge.models import Finding, Score
from webapp.checks.models import Measures
from webapp.db import Base
from webapp.deadlines.models import ClosingDays, Deadline, DeadlineChange, Extension
from webapp.evidence.models import Evidence, EvidenceVerdict
from webapp.feeds.models import CalendarFeed
from webapp.notices.models import Notice, ReminderPause
from webapp.notices.preferences_models import MailSettings, StandIn
from webapp.penalties.models import EarlierSaving, PenaltyIndication, PenaltyRule
from webapp.plans.models import Action
from webapp.publication.models import ContextNote, GroupRequest, Publication, PublicationDocument, Restatement
from webapp.record import Event, RecordHead
from webapp.register.models import Body, HeldFigure, Round, Wording
from webapp.returns.models import ReturnExplanation, ReturnImport, ReturnSection, ReturnValue, ReturnVersion
from webapp.review.models import Annotation, DraftComment, FunctionNote, Mention, Reply, Review, SecondMark
from webapp.sharing.models import SharingGroup, SharingMember

__all__ = [
    "Action", "Annotation", "ApiToken", "Assignment", "Base", "Body", "CalendarFeed", "Case", "ClosingDays", "ContextNote",
    "Deadline", "DeadlineChange", "DraftComment", "EarlierSaving", "Event", "Evidence", "EvidenceVerdict", "Extension", "Finding",
    "FunctionNote", "GroupRequest", "HeldFigure", "Interest", "MailSettings", "Measures", "Membership", "Mention", "Notice",
    "OnceKey", "Organisation", "Overrule", "PenaltyIndication", "PenaltyRule", "Person", "Publication", "PublicationDocument",
    "RecordHead", "ReminderPause", "Reply", "Restatement", "ReturnExplanation", "ReturnImport", "ReturnSection", "ReturnValue",
    "ReturnVersion", "Review", "ReviewerProfile", "Round", "Score", "SecondMark", "SharingGroup", "SharingMember", "SignIn",
    "SignInAttempt", "StandIn", "Stay", "Wording",
]  # fmt: skip
