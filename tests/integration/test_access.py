"""Every address with every role, and every transition in every state with every role, by real requests."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.support.site import Browser, token
from tests.support.successors import hand_over
from webapp.accounts.models import Membership, Person
from webapp.accounts.tokens import make_token
from webapp.allocation.models import Interest, Overrule
from webapp.cases.models import Assignment, Case, Stay
from webapp.challenge.models import Finding
from webapp.db import SYSTEM
from webapp.deadlines.models import ClosingDays, Deadline, Extension
from webapp.handbook import routes
from webapp.notices.models import Notice, ReminderPause
from webapp.notices.texts import signed
from webapp.penalties.models import EarlierSaving
from webapp.plans.models import Action
from webapp.record import Event
from webapp.register.models import Body
from webapp.review.models import Annotation, DraftComment, Mention
from webapp.sharing.models import SharingMember
from webapp.succession.models import Handover
from workflows.case import TRACKS
from workflows.deadlines.reminders import Kind
from workflows.roles import Role, Side

PEOPLE = ("nobody", "stranger", "preparer", "approver", "owner", "coordin.", "reviewer", "manager", "inspector", "officer", "admin.")
"""Not signed in, the approver of another body, and the nine roles of one case."""

# ok: served, or told what is wrong with the form. no: refused (403). --: there is no such thing (404). in: sign in first.
TABLE = """
                                                        nobody stranger preparer approver owner coordin. reviewer manager inspector officer admin.
GET  /                                                    ok     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /sign-in                                             ok     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /guidance/<round_code>                               ok       ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /guidance/<round_code>/<function>                    ok       ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /sign-in                                             ok     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /today                                               in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /today/seen                                          in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /today/mentions/<int:mention_id>/seen                in     --       --       --       --     --       ok       --       --        --     --
GET  /role                                                in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /role                                                in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /password                                            in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /password                                            in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /outbox                                              in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /outbox/<int:notice_id>                              in     --       --       ok      --     --       --       --      --        ok     --
GET  /mail-settings                                       in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /mail-settings                                       in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /mail-settings/stand-ins                             in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /mail-settings/stand-ins/<int:stand_in_id>/end       in     --       --       --      --     --       --       --      --        --     --
GET  /mail-settings/stop/<token>                          ok     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /mail-settings/stop/<token>                          ok     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /rounds/<code>/messages                              in     no       no       no      no     no       no       no      no        ok     no
GET  /rounds/<code>/messages/<message>                    in     no       no       no      no     no       no       no      no        ok     no
POST /rounds/<code>/messages/<message>                    in     no       no       no      no     no       no       no      no        ok     no
GET  /reminders                                           in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /calendar                                            in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /calendar                                            in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
POST /calendar/end                                        in     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
GET  /calendar/<token>.ics                                --     --       --       --      --     --       --       --      --        --     --
GET  /rounds/<code>/simulation                            in     no       no       no      no     no       no       no      no        ok     no
GET  /outbox/selection                                    in     no       no       no      no     no       no       no      no        ok     no
POST /outbox/selection                                    in     no       no       no      no     no       no       no      no        ok     no
POST /outbox/hold                                         in     no       no       no      no     no       no       no      no        ok     no
POST /outbox/release                                      in     no       no       no      no     no       no       no      no        ok     no
POST /outbox/addresses/<int:person_id>/trust              in     no       no       no      no     no       no       no      no        ok     no
GET  /people                                              in     no       no       no      no     no       no       no      no        ok     ok
GET  /people/new                                          in     no       no       no      no     no       no       no      no        no     ok
POST /people/new                                          in     no       no       no      no     no       no       no      no        no     ok
GET  /people/<int:person_id>                              in     no       no       no      no     no       no       no      no        ok     ok
POST /people/<int:person_id>/roles                        in     no       no       no      no     no       no       no      no        no     ok
POST /people/<int:person_id>/roles/<int:membership_id>/end in   no       no       no      no     no       no       no      no        no     ok
POST /people/<int:person_id>/deactivate                   in     no       no       no      no     no       no       no      no        no     ok
POST /people/<int:person_id>/reactivate                   in     no       no       no      no     no       no       no      no        no     ok
POST /people/<int:person_id>/password                     in     no       no       no      no     no       no       no      no        no     ok
GET  /record                                              in     no       no       no      no     no       no       ok      no        ok     ok
GET  /rounds                                              in     no       no       no      no     no       no       no      no        ok     no
GET  /rounds/new                                          in     no       no       no      no     no       no       no      no        ok     no
POST /rounds/new                                          in     no       no       no      no     no       no       no      no        ok     no
GET  /cases                                               in     ok       ok       ok      ok     ok       ok       ok      ok        ok     no
GET  /cases/<ref>                                         in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/return                                  in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/return/whole                            in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/return/versions                         in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/return/differences                      in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/return/differences.csv                  in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/contacts                                in     --       no       no      no     ok       no       no      no        ok     --
POST /cases/<ref>/contacts                                in     --       no       no      no     ok       no       no      no        ok     --
GET  /chase                                               in     no       no       no      no     ok       no       no      no        ok     no
GET  /chase.csv                                           in     no       no       no      no     ok       no       no      no        ok     no
GET  /rounds/<code>/burden                                in     no       no       no      no     no       no       no      no        ok     no
GET  /cases/<ref>/return/<function>                       in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /api/v1/cases/<ref>/return                           in     --      ok        ok        ok       ok       ok        ok       ok         ok      --
GET  /api/v1/cases/<ref>/return/checks                   in     --      ok        ok        ok       ok       ok        ok       ok         ok      --
PATCH /api/v1/cases/<ref>/return                           in     --      ok        no        no       no       no        no       no         no      --
GET  /cases/<ref>/return.csv                              in     --      ok        ok        ok       ok       ok        ok       ok         ok      --
GET  /cases/<ref>/return.xlsx                             in     --      ok        ok        ok       ok       ok        ok       ok         ok      --
POST /cases/<ref>/return/<function>/prefill               in     --      ok        no        no       no       no        no       no         no      --
POST /cases/<ref>/return/<function>/ready                 in     --      ok        no        no       no       no        no       no         no      --
GET  /cases/<ref>/return/checks                          in     --      ok        ok        ok       ok       ok        ok       ok         ok      --
POST /cases/<ref>/return/checks                          in     --      ok        no        no       no       no        no       no         no      --
GET  /cases/<ref>/return/import                           in     --      ok        no        no       no       no        no       no         no      --
POST /cases/<ref>/return/import                           in     --      ok        no        no       no       no        no       no         no      --
GET  /cases/<ref>/return/import/<int:import_id>           in     --      --        no        no       no       no        no       no         no      --
POST /cases/<ref>/return/import/<int:import_id>           in     --      --        no        no       no       no        no       no         no      --
GET  /cases/<ref>/return/owners                           in     --      ok        no        no       no       no        no       no         no      --
POST /cases/<ref>/return/owners                           in     --      ok        no        no       no       no        no       no         no      --
GET  /cases/<ref>/return/template.xlsx                    in     --      ok        no        no       no       no        no       no         no      --
POST /cases/<ref>/return/<function>                       in     --       ok       no      no     no       no       no      no        no     --
GET  /cases/<ref>/return/<function>/<code>                in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/review                                  in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
POST /cases/<ref>/review/items/<code>/annotations         in     --       no       no      no     no       ok       no      no        no     --
POST /cases/<ref>/review/annotations/<int:annotation_id>/answer     in --  ok      ok      no     no       no       no      no        no     --
POST /cases/<ref>/review/annotations/<int:annotation_id>/resolution in --  no      no      no     no       ok       no      no        no     --
POST /cases/<ref>/review/annotations/<int:annotation_id>            in --  no      no      no     no       ok       no      no        no     --
POST /cases/<ref>/review/annotations/<int:annotation_id>/withdrawal in --  no      no      no     no       ok       no      no        no     --
POST /cases/<ref>/review/annotations/<int:annotation_id>/confirmation in -- no     no      no     no       ok       no      no        no     --
POST /cases/<ref>/review/annotations/<int:annotation_id>/replies    in --  no      no      no     no       ok       no      no        no     --
POST /cases/<ref>/review/functions/<function>             in     --       no       no      no     no       ok       no      no        no     --
POST /cases/<ref>/review/comments                         in     --       ok       ok      no     no       no       no      no        no     --
POST /cases/<ref>/review/comments/<int:comment_id>/decision in   --       no       no      no     ok       no       no      no        no     --
GET  /cases/<ref>/review/annotations.jsonld               in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/sides                                   in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
POST /cases/<ref>/review/annotations.jsonld               in     --       no       no      no     no       ok       no      no        no     --
GET  /reviews                                             in     no       no       no      no     ok       no       no      no        no     no
GET  /reviews/who-sees-what                               in     no       no       no      no     ok       ok       no      no        ok     no
GET  /cases/<ref>/review/preview                          in     --       no       no      no     ok       ok       no      no        ok     --
GET  /cases/<ref>/review/preview.pdf                      in     --       no       no      no     ok       ok       no      no        ok     --
POST /cases/<ref>/seen                                    in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
POST /cases/<ref>/nudge                                   in     --       no       no      no     ok       no       no      no        no     --
GET  /calibration                                         in     no       no       no      no     ok       no       no      no        no     no
GET  /calibration/sample                                  in     no       no       no      no     --       no       no      no        no     no
POST /calibration/sample                                  in     no       no       no      no     --       no       no      no        no     no
GET  /cases/<ref>/review/marks                            in     --       no       no      no     --       --       no      no        no     --
POST /cases/<ref>/review/marks                            in     --       no       no      no     no       --       no      no        no     --
POST /cases/<ref>/review/marks/refusal                    in     --       no       no      no     no       --       no      no        no     --
POST /cases/<ref>/review/summary                          in     --       no       no      no     no       ok       no      no        no     --
GET  /cases/<ref>/challenge                               in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
POST /cases/<ref>/challenge/findings                      in     --       no       no      no     no       no       no      ok        no     --
POST /cases/<ref>/challenge/findings/<int:number>         in     --       no       no      no     no       no       no      ok        no     --
POST /cases/<ref>/challenge/findings/<int:number>/response          in --  no      ok      no     no       no       no      no        no     --
POST /cases/<ref>/challenge/findings/<int:number>/decision          in --  no      no      no     no       no       no      ok        no     --
POST /cases/<ref>/challenge/scores                        in     --       no       no      no     no       no       no      ok        no     --
GET  /cases/<ref>/plan                                    in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
POST /cases/<ref>/plan/actions                            in     --       no       ok      no     no       no       no      no        no     --
GET  /cases/<ref>/penalty                                 in     --       ok       ok      ok     --       --       --      --        ok     --
GET  /cases/<ref>/sharing                                 in       --       ok       ok       ok       no       no       ok       ok       ok       --
POST /cases/<ref>/penalty/savings                         in       --       no       ok       no       no       no       no       no       no       --
POST /cases/<ref>/penalty/savings/<int:saving_id>/withdrawal in       --       no       --       no       no       no       no       no       no       --
GET  /rounds/<code>/penalty                               in       no       no       no       no       no       no       no       no       ok       no
POST /rounds/<code>/penalty                               in       no       no       no       no       no       no       no       no       ok       no
GET  /rounds/<code>/penalty.csv                           in       no       no       no       no       no       no       no       no       ok       no
POST /rounds/<code>/penalty/<int:version>/adoption        in       no       no       no       no       no       no       no       no       ok       no
POST /rounds/<code>/penalty/<int:version>/drop            in       no       no       no       no       no       no       no       no       ok       no
GET  /sharing                                             in       ok       ok       ok       ok       ok       ok       ok       ok       ok       no
GET  /sharing/<int:group_id>                              in       ok       ok       ok       ok       ok       ok       ok       ok       ok       no
GET  /sharing/new                                         in       no       no       no       no       no       no       no       no       ok       no
POST /sharing/new                                         in       no       no       no       no       no       no       no       no       ok       no
POST /sharing/<int:group_id>/members                      in       no       no       no       no       no       no       no       no       ok       no
GET  /sharing/<int:group_id>/end                          in       no       no       no       no       no       no       no       no       ok       no
POST /sharing/<int:group_id>/end                          in       no       no       no       no       no       no       no       no       ok       no
GET  /sharing/<int:group_id>/members/<int:member_id>/end  in       no       no       no       no       no       no       no       no       ok       no
POST /sharing/<int:group_id>/members/<int:member_id>/end  in       no       no       no       no       no       no       no       no       ok       no
GET  /successors                                          in       ok       no       ok       no       no       no       no       no       ok       no
GET  /successors/<code>                                   in       no       no       no       no       no       no       no       no       ok       no
POST /successors/<code>                                   in       no       no       no       no       no       no       no       no       ok       no
GET  /handovers/<int:handover_id>                         in       --       no       ok       no       no       no       no       no       ok       no
POST /handovers/<int:handover_id>/signature               in       --       no       ok       no       no       no       no       no       no       no
POST /handovers/<int:handover_id>/refusal                 in       --       no       ok       no       no       no       no       no       no       no
POST /handovers/<int:handover_id>/application             in       no       no       no       no       no       no       no       no       ok       no
POST /handovers/<int:handover_id>/drop                    in       no       no       no       no       no       no       no       no       ok       no
GET  /cases/<ref>/status/<track_code>                     in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/record                                  in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/record.csv                              in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/reports/<kind>.pdf                      in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/evidence                                in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
POST /cases/<ref>/evidence                                in     --       ok       ok      no     no       no       no      no        no     --
GET  /cases/<ref>/evidence/<int:number>                   in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/evidence/<int:number>/file              in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /cases/<ref>/evidence/<int:number>/view              in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
POST /cases/<ref>/evidence/<int:number>/replacement       in     --       ok       ok      no     no       no       no      no        no     --
POST /cases/<ref>/evidence/<int:number>/withdrawal        in     --       ok       ok      no     no       no       no      no        no     --
POST /cases/<ref>/evidence/<int:number>/annotations           in     --       no       no      no     no       ok       no      no        no     --
POST /cases/<ref>/evidence/<int:number>/verdict           in     --       no       no      no     no       ok       no      ok        no     --
GET  /evidence                                            in     no       no       no      no     no       no       no      no        no     ok
GET  /cases/<ref>/moves/<track_code>/<name>               in     --       no       no      no     no       no       ok      no        no     --
POST /cases/<ref>/moves/<track_code>/<name>               in     --       no       no      no     no       no       ok      no        no     --
GET  /api/v1/cases                                        in     ok       ok       ok      ok     ok       ok       ok      ok        ok     no
GET  /api/v1/cases/<ref>                                  in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
GET  /api/v1/cases/<ref>/transitions                      in     --       ok       ok      ok     ok       ok       ok      ok        ok     --
POST /api/v1/cases/<ref>/transitions                      in     --       no       no      no     no       no       ok      no        no     --
GET  /published                                           ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>                                    ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>.csv                                ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>.json                               ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/manifest.json                      ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/documents/<path:named>.json        ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/open-data.zip                      ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/returns                            ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/returns.csv                        ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/restatements                       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/restatements.csv                   ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/penalty                            ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/functions/<function>               ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/functions/<function>.csv           ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/indicators/<indicator>             ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/indicators/<indicator>.csv         ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/compare                            ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/compare.csv                        ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/<body>                             ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/<body>.csv                         ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/<body>.json                        ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /published/<code>/<body>/<indicator>                 ok       ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
GET  /rounds/<code>/publication                           in       no       no       no       no       no       no       no       no       ok       no
POST /rounds/<code>/publication                           in       no       no       no       no       no       no       no       no       ok       no
POST /rounds/<code>/publication/<int:number>/<verb>       in       no       no       no       no       no       no       no       no       ok       no
GET  /cases/<ref>/benchmarks                              in       --       ok       ok       no       no       no       no       no       ok       --
POST /cases/<ref>/benchmarks                              in       --       ok       ok       no       no       no       no       no       no       --
GET  /cases/<ref>/benchmarks/<indicator>                  in       --       ok       ok       no       no       no       no       no       ok       --
GET  /cases/<ref>/comparators                             in       --       ok       ok       no       no       no       no       no       ok       --
POST /cases/<ref>/comparators                             in       --       no       ok       no       no       no       no       no       no       --
POST /cases/<ref>/comparators/<int:number>                in       --       no       no       no       no       no       no       no       --       --
GET  /allocation                                          in       no       no       no       no       ok       no       no       no       no       no
POST /allocation                                          in       no       no       no       no       ok       no       no       no       no       no
GET  /allocation/me                                       in       no       no       no       no       no       ok       no       no       no       no
POST /allocation/me                                       in       no       no       no       no       no       ok       no       no       no       no
POST /allocation/me/away                                  in       no       no       no       no       no       ok       no       no       no       no
POST /allocation/me/away/removal                          in       no       no       no       no       no       ok       no       no       no       no
POST /allocation/me/interests                             in       no       no       no       no       no       ok       no       no       no       no
POST /allocation/me/interests/<int:interest_id>/end       in       no       no       no       no       no       --       no       no       no       no
GET  /allocation/reviewers/<int:person_id>                in       no       no       no       no       --       no       no       no       no       no
POST /allocation/reviewers/<int:person_id>                in       no       no       no       no       --       no       no       no       no       no
POST /allocation/reviewers/<int:person_id>/away           in       no       no       no       no       --       no       no       no       no       no
POST /allocation/reviewers/<int:person_id>/away/removal   in       no       no       no       no       --       no       no       no       no       no
POST /allocation/reviewers/<int:person_id>/interests      in       no       no       no       no       --       no       no       no       no       no
POST /allocation/reviewers/<int:person_id>/interests/<int:interest_id>/end in no no     no       no       --       no       no       no       no       no
GET  /cases/<ref>/review/reviewers                        in       --       no       no       no       ok       ok       no       no       ok       --
POST /cases/<ref>/review/reviewers                        in       --       no       no       no       ok       no       no       no       no       --
GET  /cases/<ref>/review/next                             in       --       no       no       no      ok      no       no       no       no       --
POST /cases/<ref>/review/overrules                        in       --       no       no       no       ok       no       no       no       no       --
POST /cases/<ref>/review/overrules/<int:overrule_id>      in       --       no       no       no       ok       no       no       no       ok       --
POST /cases/<ref>/review/reviewers/acceptance             in       --       no       no       no       no       ok       no       no       no       --
POST /cases/<ref>/review/reviewers/refusal                in       --       no       no       no       no       ok       no       no       no       --
POST /cases/<ref>/review/reviewers/<int:person_id>/lead    in      --       no       no       no       ok       no       no       no       no       --
POST /cases/<ref>/review/reviewers/<int:person_id>/removal in      --       no       no       no       ok       no       no       no       no       --
GET  /api/v1/cases/<ref>/hands                                 in       --       ok       ok       ok       ok       ok       ok       ok       ok       --
GET  /api/v1/cases/<ref>/deadlines                             in       --       ok       ok       ok       ok       ok       ok       ok       ok       --
POST /api/v1/cases/<ref>/deadlines/<int:deadline_id>/extension in       --       ok       ok       ok       ok       ok       --       --       no       --
POST /api/v1/cases/<ref>/deadlines/<int:deadline_id>/extension/withdrawal in --  ok  ok  ok  ok  ok  --  --  no  --
POST /api/v1/cases/<ref>/deadlines/<int:deadline_id>/decision  in       --       no       no       no       ok       no       --       --       ok       --
GET  /cases/<ref>/hands                                        in       --       ok       ok       ok       ok       ok       ok       ok       ok       --
GET  /rounds/<code>/delay                                      in       no       no       no       no       no       no       no       no       ok       no
GET  /rounds/<code>/delay.csv                                  in       no       no       no       no       no       no       no       no       ok       no
GET  /cases/<ref>/deadlines                                    in       --       ok       ok       ok       ok       ok       ok       ok       ok       --
GET /cases/<ref>/deadlines/<int:deadline_id>/extension         in       --       ok       ok       ok       ok       ok       --       --       no       --
POST /cases/<ref>/deadlines/<int:deadline_id>/extension        in       --       ok       ok       ok       ok       ok       --       --       no       --
POST /cases/<ref>/deadlines/<int:deadline_id>/extension/withdrawal in --  ok  ok  ok  ok  ok  --  --  no  --
GET /cases/<ref>/deadlines/<int:deadline_id>/decision          in       --       no       no       no       ok       no       --       --       ok       --
POST /cases/<ref>/deadlines/<int:deadline_id>/decision         in       --       no       no       no       ok       no       --       --       ok       --
GET  /cases/<ref>/closing-days                                 in       --       no       ok       no       no       no       no       no       ok       --
POST /cases/<ref>/closing-days                                 in       --       no       ok       no       no       no       no       no       ok       --
POST /cases/<ref>/closing-days/<int:closing_id>/withdrawal     in       --       no       ok       no       no       no       no       no       ok       --
GET  /cases/<ref>/reminders                                    in       --       no       no       no       no       no       no       no       ok       --
POST /cases/<ref>/reminders                                    in       --       no       no       no       no       no       no       no       ok       --
POST /cases/<ref>/reminders/<int:pause_id>/end                 in       --       no       no       no       no       no       no       no       ok       --
GET  /extensions                                               in       no       no       no       no       ok       no       ok       ok       ok       no
GET  /extensions/class                                         in       no       no       no       no       no       no       no       no       ok       no
POST /extensions/class                                         in       no       no       no       no       no       no       no       no       ok       no
GET  /rounds/<code>/dates                                      in       no       no       no       no       no       no       no       no       ok       no
GET  /rounds/<code>/dates/<rule>                               in       no       no       no       no       no       no       no       no       ok       no
POST /rounds/<code>/dates/<rule>                               in       no       no       no       no       no       no       no       no       ok       no
POST /sign-out                                            ok     ok       ok       ok      ok     ok       ok       ok      ok        ok     ok
"""  # noqa: E501


@dataclass
class Stage:
    """One case, with everybody who stands in it."""

    ref: str
    people: dict[str, str]
    values: dict[str, object]


def _people_of(session, case):
    """The e-mail names of those who stand in a case, by the columns of the table."""
    body = case.body.answered_by_id or case.body_id

    def of(role, organisation_id, *where):
        query = select(Person.email).join(Membership).where(Membership.role == role, Membership.organisation_id == organisation_id, *where)
        return session.scalars(query.order_by(Membership.id)).first()

    def assigned(which):
        query = select(Person.email).join(Assignment).where(Assignment.case_id == case.id, Assignment.kind == which)
        return session.scalars(query.where(Assignment.until.is_(None))).first()

    other = session.scalars(select(Membership.organisation_id).where(Membership.role == "approver",
                                                                     Membership.organisation_id != body)).first()  # fmt: skip
    emails = {
        "stranger": of("approver", other), "preparer": of("preparer", body, Person.email.like("preparer%")),
        "approver": of("approver", body), "owner": of("action_owner", body),
        "coordin.": of("coordinator", case.partnership_id), "reviewer": assigned("reviewer"), "manager": "manager@",
        "inspector": assigned("inspector"), "officer": "officer@", "admin.": "administrator@",
    }  # fmt: skip
    return {name: email.partition("@")[0] for name, email in emails.items() if email}


@pytest.fixture
def stage(app, database):
    """A closed case: everything is there, and nothing can be changed any more."""
    with database.reading() as session:
        action = select(Action.case_id).scalar_subquery()
        case = session.scalars(select(Case).where(Case.stage == "closed", Case.id.in_(action)).order_by(Case.id)).first()
        shared = Annotation.audience.bitwise_and(int(Side.BODY)) != 0
        mail = select(Notice.id).join(Person, Person.id == Notice.person_id)
        people = _people_of(session, case)
        values = {
            "round_code": case.round.code,
            "notice_id": session.scalars(mail.where(Person.email.like(f"{people['approver']}@%"))).first(),
            "comment_id": session.scalars(select(DraftComment.id).where(DraftComment.case_id == case.id)).first(),
            "annotation_id": session.scalars(select(Annotation.id).where(Annotation.case_id == case.id, shared)).first(),
            "number": session.scalars(select(Finding.number).where(Finding.case_id == case.id)).first(),
            **_administrator(session), "ref": case.ref, "function": "finance", "code": "FIN_COST_EMP", "kind": "review", "import_id": 1,
            "body": case.body.code, "indicator": "FIN-P1", "verb": "hold", "named": "summary",
            "group_id": session.scalars(select(SharingMember.group_id)).first(), "version": 1,
            "member_id": session.scalars(select(SharingMember.id)).first(), "saving_id": session.scalars(select(EarlierSaving.id)).first(),
            "interest_id": session.scalars(select(Interest.id)).first(),
            "stand_in_id": 1, "token": signed("x" * 40, 1, [Kind.NEWS]),
            "overrule_id": _overrule(app, case), "mention_id": _mention(app, case),
            **_more_time(app, case), "rule": "return_due", "message": "deadline_coming",
        }  # fmt: skip
        values["handover_id"] = _handover(app, case.body_id)
        assert len(people) == 10
        assert all(values.values())
        return Stage(case.ref, people, values)


def _overrule(app, case):
    """An overrule of the case that waits for a second person."""
    with app.database.work(SYSTEM, app.clock()) as work:
        manager = work.session.scalars(select(Person.id).where(Person.email.like("manager@%"))).one()
        made = Overrule(case_id=case.id, person_id=manager, conflicts=["x"], why="x", ends_on=date(2010, 4, 1), proposed_by=manager,
                        proposed_at=app.clock())  # fmt: skip
        work.session.add(made)
        work.session.flush()
        return made.id


def _more_time(app, case):
    """A request for more time on the case's return, and days on which its body is closed."""
    with app.database.work(SYSTEM, app.clock()) as work:
        rule = select(Deadline).where(Deadline.case_id == case.id, Deadline.rule == "return_due")
        deadline = work.session.scalars(rule).one()
        asked = Extension(deadline=deadline, case_id=case.id, audience=deadline.audience, deciders="officer", role="preparer",
                          asked_at=app.clock(), wished_on=date(2010, 4, 1), why="x")  # fmt: skip
        closed = ClosingDays(body_id=case.body_id, first_on=date(2010, 4, 1), last_on=date(2010, 4, 1), why="x", at=app.clock())
        paused = ReminderPause(body_id=case.body_id, case_id=case.id, at=app.clock(), until=app.clock() + timedelta(days=9), reason="x")
        work.session.add_all([asked, closed, paused])
        work.session.flush()
        return {"deadline_id": deadline.id, "closing_id": closed.id, "pause_id": paused.id}


def _mention(app, case):
    """A note of the case that calls its reviewer by name."""
    with app.database.work(SYSTEM, app.clock()) as work:
        note = work.session.scalars(select(Annotation.id).where(Annotation.case_id == case.id)).first()
        reviews = Assignment.case_id == case.id, Assignment.kind == "reviewer", Assignment.until.is_(None)
        person = work.session.scalars(select(Assignment.person_id).where(*reviews)).first()
        made = Mention(case_id=case.id, annotation_id=note, person_id=person, by_id=person, at=app.clock())
        work.session.add(made)
        work.session.flush()
        return made.id


def _handover(app, body_id):
    """A handover of the case's body that waits, to whichever other body."""
    with app.database.work(SYSTEM, app.clock()) as work:
        other = work.session.scalars(select(Body.id).where(Body.id != body_id).order_by(Body.id.desc())).first()
        officer = work.session.scalars(select(Person.id).where(Person.email.like("officer@%"))).one()
        choices: dict[str, object] = {"actions": {}, "access": [], "sharing": {}, "roles": []}
        made = Handover(predecessor_id=body_id, heir_id=other, starts=date(2010, 4, 1), choices=choices, reason="x",
                        proposed_by=officer, proposed_at=app.clock())  # fmt: skip
        work.session.add(made)
        work.session.flush()
        return made.id


def _administrator(session):
    """The administrator and their role: what they may do to everybody, they are told not to do to themselves."""
    found = session.scalars(select(Membership).where(Membership.role == "administrator")).one()
    return {"person_id": found.person_id, "membership_id": found.id}


def _read_table():
    head, *lines = TABLE.strip("\n").splitlines()
    assert tuple(head.split()) == PEOPLE
    for line in lines:
        method, path, *cells = line.split()
        yield method, path, dict(zip(PEOPLE, cells, strict=True))


def _answer(got):
    if got.status_code == 401 or (got.status_code == 303 and got.location.startswith("/sign-in")):
        return "in"
    return {403: "no", 404: "--"}.get(got.status_code, "ok" if got.status_code < 500 else str(got.status_code))


def test_the_table_has_every_address(app):
    assert sorted((method, path) for method, path, _ in _read_table()) == sorted((method, rule.rule) for rule, method, _ in routes(app))


def test_every_address_with_every_role(app, stage):
    browsers = {name: Browser(app, slug) for name, slug in stage.people.items()}
    memberships = _memberships(app, stage)
    wrong = []
    rules = {(method, rule.rule): rule for rule, method, _ in routes(app)}
    for method, path, expected in _read_table():
        for who in PEOPLE:
            rule = rules[method, path]
            track, name = ("challenge", "issue_final") if "moves" in path or "api" in path else ("return", "")
            values = {**stage.values, "track_code": track, "name": name}
            if path.startswith("/successors/"):
                values["code"] = values["body"]
            if path.startswith(("/rounds/", "/published/")):
                values["code"] = "2009"
            address = rule.build({k: values[k] for k in rule.arguments})[1]  # type: ignore[index]
            client = browsers[who].client if who in browsers else app.test_client()
            sent = {"track": track, "name": name, "version": 1}
            headers = {"Authorization": f"Bearer {memberships[who][1]}"} if who in memberships else {}
            if "api" in path:
                address += "?track=return" if method == "GET" else ""
                got = client.open(address, method=method, headers=headers, json=sent if method == "POST" else None)
            elif method == "POST":
                form = client.get("/role" if who in browsers else "/sign-in").text
                data = {"csrf_token": token(form), "membership": str(memberships[who][0]) if path == "/role" and who in browsers else ""}
                got = client.post(address, data=data)
            else:
                got = client.get(address)
            if _answer(got) != expected[who]:
                wrong.append(f"{method} {path} as {who}: {expected[who]} was expected, {_answer(got)} was given")
    assert not wrong, "\n".join(wrong)


def _memberships(app, stage):
    """For everybody, the membership in which they act and an API token for it."""
    made = {}
    with app.database.work(SYSTEM, app.clock()) as work:
        for name, slug in stage.people.items():
            query = select(Membership).join(Person).where(Person.email.like(f"{slug}@%")).order_by(Membership.id)
            membership = work.session.scalars(query).first()
            made[name] = (membership.id, make_token(work, membership, "test"))
    return made


STATES = [pytest.param(track, state.code, id=f"{track.code}-{state.code}") for track in TRACKS.values() for state in track.states]


@pytest.mark.parametrize("track, state", STATES)
def test_every_transition_with_every_role(app, database, track, state):
    """In every state each role is offered what is declared for it, and refused the rest: nothing is done by a refused request."""
    if state == "moved":  # no body of the demo ends while its actions are open
        hand_over(app, database)
    with database.reading() as session:
        stays = select(Stay).join(Case, Case.id == Stay.case_id).where(Stay.track == track.code, Stay.state == state, Stay.until.is_(None))
        stay = session.scalars(stays.order_by(Case.partnership_id.is_(None), Case.id)).first()
        case = session.get_one(Case, stay.case_id)
        action = session.get_one(Action, stay.action_id) if stay.action_id else None
        number = action.number if action else None
        known_to = track.audience & Side(action.audience) if action else track.audience
        people = _people_of(session, case)
    tokens = _memberships(app, Stage(case.ref, people, {}))
    api = app.test_client()
    address = f"/api/v1/cases/{case.ref}/transitions"
    for who, (_, key) in tokens.items():
        if who in ("stranger", "admin."):
            continue
        headers = {"Authorization": f"Bearer {key}"}
        got = api.get(address, query_string={"track": track.code, "action": number}, headers=headers)
        role = _role(database, people[who])
        if not role.side & known_to:
            assert got.status_code == 404
            continue
        offered = {o["name"]: o for o in got.json["transitions"]}
        refused = {}
        for move in track.transitions:
            option = offered[move.name]
            if role not in move.roles or move.only_follows:
                assert option["kind"] == "role"
            elif state not in move.sources:
                assert option["kind"] == "state"
            else:
                assert option["kind"] in ("allowed", "guard")
            assert option["allowed"] == (not option["reasons"])
            if not option["allowed"]:
                refused[option["kind"]] = move.name
        for kind, name in refused.items():
            before = _told(database, case.id)
            sent = {"track": track.code, "name": name, "action": number, "version": got.json["version"], "reason": "x"}
            answer = api.post(address, json=sent, headers=headers)
            assert answer.status_code == {"role": 403, "state": 409, "guard": 422}[kind]
            assert answer.mimetype == "application/problem+json"
            after = _told(database, case.id)
            assert after == (before[0], before[1] + (kind == "role")), "a refusal for lack of right is on the record, and nothing else"


def _role(database, slug):
    with database.reading() as session:
        query = select(Membership.role).join(Person).where(Person.email.like(f"{slug}@%")).order_by(Membership.id)
        return Role(session.scalars(query).first())


def _told(database, case_id):
    """How many states a case has been in, and how many events it has."""
    with database.reading() as session:
        stays = session.scalar(select(func.count()).select_from(Stay).where(Stay.case_id == case_id))
        return stays, session.scalar(select(func.count()).select_from(Event).where(Event.case_id == case_id))
