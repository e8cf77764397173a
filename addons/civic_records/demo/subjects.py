"""What the demo city's documents are about: twelve fields of work, their legal bases, cases and sentences.

A case is (type, subject, issuers, need). ``need`` says what the receiver must do:
``answer`` (give an opinion by a date), ``act`` (carry out), ``decide`` (approve), ``know`` (for information).
Slots: {thang} last month, {quy} last quarter, {nam} this year, {nam_sau} next year, {phuong} a ward,
{duong} a street, {so} a count, {don_vi} the writing agency, {noi_nhan} the receiver.
"""
from dataclasses import dataclass

WARDS = (
    'Phường Bến Thành', 'Phường Sài Gòn', 'Phường Tân Định', 'Phường Thủ Đức', 'Phường Chợ Lớn', 'Phường Gò Vấp',
    'Phường Bình Thạnh', 'Phường Tân Sơn Nhất', 'Phường Dĩ An', 'Phường Vũng Tàu', 'Xã Cần Giờ', 'Xã Củ Chi',
)
STREETS = (
    'Lê Lợi', 'Nguyễn Huệ', 'Hàm Nghi', 'Pasteur', 'Nam Kỳ Khởi Nghĩa', 'Cách Mạng Tháng Tám', 'Võ Văn Kiệt',
    'Điện Biên Phủ', 'Nguyễn Thị Minh Khai', 'Phạm Văn Đồng', 'Trường Sa', 'Hoàng Sa',
)
ALL_WARDS = ('benthanh', 'saigon', 'tandinh', 'thuduc', 'cangio', 'condao')


@dataclass(frozen=True)
class Field:
    key: str
    bases: tuple
    cases: tuple
    findings: tuple
    tasks: tuple
    measure: tuple  # (heading of the figures' column, names of the rows)


FIELDS = (
    Field(
        'archives',
        ('Luật Lưu trữ ngày 21 tháng 6 năm 2024',
         'Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư'),
        (
            ('Công văn', 'Đề nghị báo cáo kết quả số hóa tài liệu lưu trữ {quy}', ('snv', 'cvtlt', 'ttltls'), 'answer'),
            ('Kế hoạch', 'Thu thập hồ sơ, tài liệu đến hạn nộp lưu vào Lưu trữ lịch sử năm {nam_sau}', ('snv', 'ttltls'), 'act'),
            ('Hướng dẫn', 'Lập danh mục hồ sơ điện tử và nộp lưu hồ sơ công việc năm {nam}', ('snv', 'bnv'), 'act'),
            ('Công văn', 'Lấy ý kiến dự thảo Danh mục tài liệu hạn chế sử dụng tại Lưu trữ lịch sử Thành phố', ('ttltls', 'snv'), 'answer'),
            ('Tờ trình', 'Phê duyệt dự toán chỉnh lý tài liệu tồn đọng tại {phuong}', ALL_WARDS, 'decide'),
            ('Thông báo', 'Lịch kiểm tra công tác văn thư, lưu trữ tại các cơ quan, đơn vị năm {nam}', ('snv',), 'know'),
            ('Báo cáo', 'Kết quả giao nhận hồ sơ, tài liệu của các quận kết thúc hoạt động',
             ('snv', 'ttltls', 'benthanh', 'saigon'), 'know'),
            ('Công văn', 'Hướng dẫn xử lý tài liệu hình thành trước ngày 01 tháng 7 năm 2025', ('cvtlt', 'snv'), 'act'),
            ('Giấy mời', 'Tập huấn nghiệp vụ lập hồ sơ điện tử và nộp hồ sơ vào lưu trữ hiện hành', ('snv', 'ttltls'), 'know'),
            ('Quyết định', 'Thành lập Hội đồng xác định giá trị tài liệu năm {nam}', ('snv', 'ttltls'), 'know'),
        ),
        (
            'Qua theo dõi, phần lớn các cơ quan, đơn vị đã lập danh mục hồ sơ hằng năm và thực hiện lập hồ sơ điện tử trên hệ thống; '
            'việc nộp lưu hồ sơ vào lưu trữ hiện hành từng bước đi vào nền nếp.',
            'Vẫn còn đơn vị chưa bố trí đủ kho bảo quản, tài liệu tồn đọng chưa được chỉnh lý, hồ sơ điện tử còn thiếu dữ liệu đặc tả '
            'hoặc chưa kết thúc đúng thời hạn.',
            'Khối tài liệu của các cơ quan kết thúc hoạt động đã được thống kê, niêm phong và bàn giao theo biên bản; một số hộp tài liệu '
            'cần khử trùng, tu bổ trước khi nhập kho.',
        ),
        (
            'Rà soát danh mục hồ sơ, bổ sung các hồ sơ phát sinh trong năm và phân công người lập hồ sơ theo từng vị trí việc làm.',
            'Hoàn thành việc chuẩn hóa dữ liệu đặc tả của hồ sơ, văn bản trước khi nộp vào lưu trữ hiện hành.',
            'Lựa chọn hồ sơ, tài liệu có thời hạn lưu trữ vĩnh viễn, lập mục lục và giao nộp vào Lưu trữ lịch sử đúng thời hạn.',
            'Bố trí người làm công tác văn thư, lưu trữ đủ năng lực và được tập huấn nghiệp vụ ít nhất một lần trong năm.',
            'Kiểm tra định kỳ tính toàn vẹn của tài liệu điện tử và lập biên bản về kết quả kiểm tra.',
        ),
        ('Số hồ sơ', ('Hồ sơ đã lập', 'Hồ sơ đã kết thúc', 'Hồ sơ đã nộp lưu', 'Hồ sơ vĩnh viễn', 'Hồ sơ đã số hóa')),
    ),
    Field(
        'staffing',
        ('Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025', 'Luật Cán bộ, công chức ngày 24 tháng 6 năm 2025'),
        (
            ('Công văn', 'Rà soát vị trí việc làm và số lượng biên chế công chức năm {nam_sau}', ('snv', 'bnv'), 'answer'),
            ('Tờ trình', 'Điều động, bố trí công chức tại {phuong} sau sắp xếp', ALL_WARDS, 'decide'),
            ('Quyết định', 'Ban hành Chương trình bồi dưỡng kỹ năng số cho cán bộ, công chức năm {nam}', ('snv',), 'act'),
            ('Công văn', 'Báo cáo kết quả đánh giá, xếp loại chất lượng cán bộ, công chức {quy}', ('snv',), 'answer'),
            ('Kế hoạch', 'Tuyển dụng viên chức ngành giáo dục, y tế năm {nam_sau}', ('snv', 'sgddt', 'syt'), 'know'),
            ('Báo cáo', 'Tình hình thực hiện chế độ, chính sách đối với người dôi dư sau sắp xếp',
             ('snv', 'benthanh', 'saigon', 'thuduc'), 'know'),
            ('Công văn', 'Cử công chức tham gia lớp bồi dưỡng ngạch chuyên viên chính khóa {so}', ('bnv', 'snv'), 'answer'),
            ('Thông báo', 'Kết luận cuộc họp về phân cấp quản lý cán bộ tại cấp xã', ('snv',), 'act'),
            ('Công văn', 'Đề nghị thỏa thuận bổ nhiệm Giám đốc Trung tâm Phục vụ hành chính công {phuong}', ALL_WARDS, 'decide'),
            ('Nghị quyết', 'Giao chỉ tiêu biên chế hành chính, sự nghiệp của Thành phố năm {nam_sau}', ('hdnd',), 'act'),
        ),
        (
            'Sau khi vận hành mô hình chính quyền địa phương hai cấp, tổ chức bộ máy cơ bản ổn định; nhiệm vụ được phân cấp nhiều hơn '
            'cho cấp xã trong khi biên chế chuyên môn chưa đồng đều.',
            'Một số vị trí việc làm về quản lý đất đai, công nghệ thông tin, tài chính còn thiếu người có chuyên môn phù hợp.',
            'Việc giải quyết chế độ, chính sách được thực hiện công khai, đúng đối tượng và đúng thời hạn.',
        ),
        (
            'Xây dựng phương án bố trí công chức theo vị trí việc làm, ưu tiên bổ sung cho đơn vị có khối lượng hồ sơ lớn.',
            'Thực hiện biệt phái, tăng cường công chức chuyên môn có thời hạn về cơ sở khi cần thiết.',
            'Tổ chức bồi dưỡng kiến thức quản lý nhà nước, kỹ năng số và đạo đức công vụ.',
            'Cập nhật đầy đủ hồ sơ cán bộ, công chức, viên chức trên cơ sở dữ liệu dùng chung.',
            'Kiểm tra việc chấp hành kỷ luật, kỷ cương hành chính và xử lý nghiêm trường hợp vi phạm.',
        ),
        ('Số người', ('Biên chế được giao', 'Biên chế có mặt', 'Viên chức sự nghiệp', 'Đã bồi dưỡng', 'Chờ giải quyết chế độ')),
    ),
    Field(
        'digital',
        ('Luật Giao dịch điện tử ngày 22 tháng 6 năm 2023', 'Luật Công nghiệp công nghệ số ngày 14 tháng 6 năm 2025'),
        (
            ('Công văn', 'Đề nghị kết nối hệ thống quản lý văn bản với nền tảng tích hợp, chia sẻ dữ liệu của Thành phố',
             ('skhcn',), 'act'),
            ('Kế hoạch', 'Chuyển đổi số của Thành phố năm {nam_sau}', ('skhcn', 'bkhcn'), 'act'),
            ('Công văn', 'Rà soát dịch vụ công trực tuyến toàn trình {quy}', ('hcc', 'vpcp', 'skhcn'), 'answer'),
            ('Báo cáo', 'Kết quả bảo đảm an toàn thông tin mạng {thang}', ('skhcn',), 'know'),
            ('Công văn', 'Cấp chứng thư chữ ký số chuyên dùng công vụ cho cán bộ, công chức {phuong}', ALL_WARDS, 'answer'),
            ('Hướng dẫn', 'Gửi, nhận văn bản điện tử trên Trục liên thông văn bản quốc gia', ('vpcp', 'skhcn'), 'act'),
            ('Giấy mời', 'Họp nghiệm thu cơ sở dữ liệu dùng chung của Thành phố', ('skhcn',), 'know'),
            ('Tờ trình', 'Chủ trương đầu tư nâng cấp Trung tâm dữ liệu Thành phố', ('skhcn',), 'decide'),
            ('Thông báo', 'Lịch bảo trì Cổng dịch vụ công và hệ thống thông tin giải quyết thủ tục hành chính {thang}',
             ('hcc', 'skhcn'), 'know'),
            ('Quyết định', 'Ban hành Danh mục dữ liệu mở của cơ quan nhà nước năm {nam}', ('skhcn',), 'know'),
        ),
        (
            'Tỷ lệ văn bản điện tử được ký số và gửi, nhận liên thông tiếp tục tăng; hồ sơ thủ tục hành chính nộp trực '
            'tuyến chiếm tỷ lệ cao.',
            'Còn tình trạng phần mềm của một số đơn vị chưa kết nối, dữ liệu nhập nhiều lần, thiết bị đầu cuối tại cơ sở đã cũ.',
            'Các sự cố an toàn thông tin trong kỳ đều được phát hiện, khoanh vùng và khắc phục trong ngày.',
        ),
        (
            'Hoàn thành kết nối, chia sẻ dữ liệu qua nền tảng dùng chung, không yêu cầu người dân nộp lại giấy tờ đã có trong dữ liệu.',
            'Số hóa hồ sơ, kết quả giải quyết thủ tục hành chính ngay khi tiếp nhận và trả kết quả.',
            'Rà soát, phê duyệt cấp độ an toàn hệ thống thông tin; diễn tập ứng cứu sự cố ít nhất một lần trong năm.',
            'Tổ chức tổ công nghệ số cộng đồng hướng dẫn người dân sử dụng dịch vụ công trực tuyến.',
            'Bố trí kinh phí duy trì, nâng cấp hạ tầng số theo lộ trình đã được phê duyệt.',
        ),
        ('Số lượng', ('Văn bản điện tử đã ký số', 'Hồ sơ trực tuyến', 'Hồ sơ trả đúng hạn', 'Chứng thư chữ ký số', 'Cảnh báo đã xử lý')),
    ),
    Field(
        'budget',
        ('Luật Ngân sách nhà nước ngày 25 tháng 6 năm 2025', 'Luật Đầu tư công ngày 29 tháng 11 năm 2024'),
        (
            ('Công văn', 'Lập dự toán thu, chi ngân sách nhà nước năm {nam_sau}', ('stc', 'btc'), 'answer'),
            ('Báo cáo', 'Tình hình giải ngân vốn đầu tư công đến hết {thang}', ('stc', 'kbnn', 'tnvn'), 'know'),
            ('Tờ trình', 'Bổ sung kinh phí sửa chữa trụ sở làm việc {phuong}', ALL_WARDS, 'decide'),
            ('Quyết định', 'Giao dự toán kinh phí thực hiện nhiệm vụ đột xuất {quy}', ('stc',), 'act'),
            ('Công văn', 'Đối chiếu số liệu tạm ứng ngân sách chưa thu hồi {quy}', ('kbnn', 'stc'), 'answer'),
            ('Thông báo', 'Thẩm định quyết toán kinh phí năm trước của các đơn vị sử dụng ngân sách', ('stc',), 'act'),
            ('Công văn', 'Xử lý tài sản công, trụ sở dôi dư sau sắp xếp trên địa bàn {phuong}', ('stc', *ALL_WARDS), 'answer'),
            ('Nghị quyết', 'Phân bổ dự phòng ngân sách Thành phố năm {nam}', ('hdnd',), 'act'),
            ('Công văn', 'Tham gia ý kiến dự thảo quy định về phân cấp nhiệm vụ chi', ('stc', 'btc', 'hdnd'), 'answer'),
            ('Giấy mời', 'Họp thảo luận dự toán ngân sách năm {nam_sau}', ('stc', 'hdnd'), 'know'),
        ),
        (
            'Thu ngân sách trong kỳ đạt khá so với dự toán; chi thường xuyên được kiểm soát chặt chẽ, đúng tiêu chuẩn, định mức.',
            'Tiến độ giải ngân của một số dự án còn chậm do vướng bồi thường, giải phóng mặt bằng và điều chỉnh thiết kế.',
            'Nhiều trụ sở dôi dư đã được kiểm kê, có phương án bố trí làm trường học, cơ sở y tế hoặc thiết chế văn hóa.',
        ),
        (
            'Chủ động điều chuyển vốn từ dự án chậm giải ngân sang dự án có khối lượng hoàn thành.',
            'Thực hiện tiết kiệm chi thường xuyên, cắt giảm nhiệm vụ chưa cấp thiết.',
            'Hoàn thiện hồ sơ quyết toán, gửi cơ quan tài chính thẩm định đúng thời hạn.',
            'Công khai dự toán, quyết toán theo quy định và cập nhật trên hệ thống thông tin.',
            'Rà soát, sắp xếp lại tài sản công, không để lãng phí, thất thoát.',
        ),
        ('Triệu đồng', ('Kế hoạch vốn', 'Đã giải ngân', 'Chi thường xuyên', 'Tạm ứng chưa thu hồi', 'Dự phòng còn lại')),
    ),
    Field(
        'land',
        ('Luật Đất đai ngày 18 tháng 01 năm 2024', 'Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025'),
        (
            ('Công văn', 'Vướng mắc trong cấp Giấy chứng nhận quyền sử dụng đất tại {phuong}', ('snnmt', *ALL_WARDS), 'answer'),
            ('Tờ trình', 'Phê duyệt phương án bồi thường, hỗ trợ, tái định cư dự án mở rộng đường {duong}',
             ('snnmt', 'tnvn', 'benthanh', 'saigon'), 'decide'),
            ('Báo cáo', 'Kết quả rà soát quỹ đất công xen kẹt trên địa bàn {phuong}', ALL_WARDS, 'know'),
            ('Quyết định', 'Điều chỉnh hệ số áp dụng bảng giá đất đối với đường {duong}', ('snnmt',), 'know'),
            ('Công văn', 'Đề nghị cung cấp hồ sơ nguồn gốc đất phục vụ giải quyết khiếu nại đường {duong}', ('ttra', 'snnmt'), 'answer'),
            ('Kế hoạch', 'Làm sạch, làm giàu cơ sở dữ liệu đất đai năm {nam}', ('snnmt', 'bnnmt'), 'act'),
            ('Thông báo', 'Thu hồi đất để thực hiện công viên cây xanh tại {phuong}', ('snnmt', 'benthanh', 'thuduc'), 'know'),
            ('Công văn', 'Góp ý dự thảo bảng giá đất áp dụng từ ngày 01 tháng 01 năm {nam_sau}', ('snnmt', 'bnnmt'), 'answer'),
            ('Biên bản', 'Kiểm tra hiện trạng sử dụng đất dọc đường {duong}', ('snnmt', 'benthanh'), 'know'),
        ),
        (
            'Hồ sơ đất đai của các quận trước đây đã được bàn giao cho cấp xã và chi nhánh văn phòng đăng ký đất đai để '
            'tiếp tục giải quyết.',
            'Một số trường hợp sử dụng đất không có giấy tờ, ranh giới thửa đất chồng lấn, cần đối chiếu bản đồ các thời kỳ.',
            'Người dân trong khu vực dự án cơ bản đồng thuận; còn một số hộ kiến nghị về đơn giá và vị trí tái định cư.',
        ),
        (
            'Kiểm tra thực địa, lập hồ sơ pháp lý từng thửa đất và niêm yết công khai theo quy định.',
            'Tổ chức đối thoại, vận động các hộ dân trước khi ban hành quyết định.',
            'Cập nhật biến động vào cơ sở dữ liệu đất đai ngay sau khi giải quyết hồ sơ.',
            'Xử lý dứt điểm hồ sơ tồn đọng, thông báo rõ lý do và thời hạn cho người dân.',
            'Phối hợp cơ quan thanh tra, tư pháp trong việc cung cấp tài liệu, chứng cứ.',
        ),
        ('Số hồ sơ', ('Hồ sơ tiếp nhận', 'Đã cấp Giấy chứng nhận', 'Đang xác minh', 'Trả lại bổ sung', 'Quá hạn')),
    ),
    Field(
        'urban',
        ('Luật Quy hoạch đô thị và nông thôn ngày 26 tháng 11 năm 2024', 'Luật Xây dựng ngày 18 tháng 6 năm 2014'),
        (
            ('Công văn', 'Thẩm định đồ án điều chỉnh cục bộ quy hoạch phân khu dọc đường {duong}', ('sxd',), 'answer'),
            ('Tờ trình', 'Phê duyệt chủ trương cải tạo vỉa hè, hạ ngầm lưới điện đường {duong}',
             ('sxd', 'benthanh', 'saigon', 'tnvn'), 'decide'),
            ('Công văn', 'Phương án phân luồng giao thông phục vụ thi công nút giao đường {duong}', ('sxd', 'tnvn'), 'answer'),
            ('Báo cáo', 'Tiến độ di dời, cải tạo nhà chung cư cũ trên địa bàn {phuong}', ('sxd', *ALL_WARDS), 'know'),
            ('Quyết định', 'Đặt tên, đổi tên đường trên địa bàn {phuong}', ('svhtt', 'sxd'), 'know'),
            ('Kế hoạch', 'Lập lại trật tự lòng đường, vỉa hè {quy}', ('sxd', *ALL_WARDS), 'act'),
            ('Công văn', 'Đề nghị cấp phép đào đường lắp đặt ống cấp nước đường {duong}',
             ('tnvn', 'benthanh', 'saigon', 'tandinh'), 'decide'),
            ('Thông báo', 'Kết luận kiểm tra trật tự xây dựng tại {phuong}', ('sxd',), 'act'),
            ('Giấy mời', 'Khảo sát thực địa dự án cải tạo kênh và đường ven kênh', ('sxd', 'tnvn'), 'know'),
            ('Công văn', 'Góp ý dự thảo quy chế quản lý kiến trúc đô thị Thành phố', ('sxd', 'bxd'), 'answer'),
        ),
        (
            'Khu vực có mật độ giao thông cao, hạ tầng kỹ thuật được đầu tư qua nhiều thời kỳ nên thiếu đồng bộ.',
            'Việc thi công kéo dài ảnh hưởng đến sinh hoạt, kinh doanh của người dân và ngập cục bộ khi mưa lớn.',
            'Ý kiến cộng đồng dân cư cơ bản thống nhất với phương án, đề nghị bảo đảm lối đi cho người khuyết tật.',
        ),
        (
            'Hoàn chỉnh hồ sơ theo ý kiến thẩm định, làm rõ chỉ tiêu sử dụng đất và kết nối hạ tầng.',
            'Phối hợp đơn vị quản lý công trình ngầm để hạn chế đào lại mặt đường.',
            'Thông báo phương án phân luồng ít nhất 07 ngày trước khi thi công.',
            'Tăng cường kiểm tra trật tự xây dựng, xử lý dứt điểm vi phạm ngay từ đầu.',
            'Hoàn trả mặt đường, vỉa hè đúng kết cấu và thời hạn của giấy phép.',
        ),
        ('Số lượng', ('Công trình kiểm tra', 'Giấy phép đã cấp', 'Vi phạm đã xử lý', 'Điểm ùn tắc', 'Kiến nghị của người dân')),
    ),
    Field(
        'flood',
        ('Luật Phòng, chống thiên tai ngày 19 tháng 6 năm 2013', 'Luật Phòng thủ dân sự ngày 20 tháng 6 năm 2023'),
        (
            ('Công điện', 'Chủ động ứng phó mưa lớn kết hợp triều cường', ('snnmt', 'bnnmt'), 'act'),
            ('Công văn', 'Cảnh báo mưa lớn diện rộng và nguy cơ ngập tại các tuyến đường trũng thấp', ('kttv', 'nuoc'), 'act'),
            ('Báo cáo', 'Tình hình ngập nước đường {duong} sau trận mưa {thang}', ('nuoc', 'sxd', 'benthanh', 'saigon', 'thuduc'), 'know'),
            ('Phương án', 'Ứng phó sự cố sạt lở bờ sông, bờ kênh tại {phuong}', ALL_WARDS, 'know'),
            ('Tờ trình', 'Bổ sung kinh phí nạo vét cửa xả, hố ga trước mùa mưa tại {phuong}', ('nuoc', *ALL_WARDS), 'decide'),
            ('Công văn', 'Đề nghị báo cáo nhà ở có nguy cơ sạt lở và phương án di dời dân', ('snnmt', 'bnnmt'), 'answer'),
            ('Kế hoạch', 'Diễn tập phòng thủ dân sự, tìm kiếm cứu nạn năm {nam}', ('snnmt', 'cangio', 'condao'), 'act'),
            ('Thông báo', 'Lịch vận hành cống ngăn triều {thang}', ('nuoc', 'snnmt'), 'know'),
        ),
        (
            'Đỉnh triều trong kỳ ở mức cao, kết hợp mưa lớn trong thời gian ngắn gây ngập một số tuyến đường từ 10 đến 30 cm.',
            'Hệ thống thoát nước tại một số lưu vực bị bồi lắng, rác thải che miệng hố ga làm giảm khả năng thu nước.',
            'Lực lượng tại chỗ đã trực 24/24 giờ, hỗ trợ người dân di chuyển tài sản và hướng dẫn giao thông.',
        ),
        (
            'Kiểm tra, vận hành máy bơm và cống ngăn triều; chuẩn bị phương tiện, vật tư theo phương châm bốn tại chỗ.',
            'Thông tin kịp thời đến người dân khu vực trũng thấp, ven sông, ven biển.',
            'Nạo vét hố ga, cửa xả và thu gom rác trước mỗi đợt mưa lớn.',
            'Sẵn sàng di dời dân khỏi khu vực nguy hiểm, bảo đảm nơi ở tạm và lương thực.',
            'Báo cáo thiệt hại, biện pháp khắc phục về cơ quan thường trực trước 16 giờ hằng ngày.',
        ),
        ('Số điểm', ('Điểm ngập', 'Hố ga đã nạo vét', 'Hộ dân bị ảnh hưởng', 'Cây xanh ngã đổ', 'Máy bơm vận hành')),
    ),
    Field(
        'environment',
        ('Luật Bảo vệ môi trường ngày 17 tháng 11 năm 2020', 'Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025'),
        (
            ('Kế hoạch', 'Phân loại chất thải rắn sinh hoạt tại nguồn năm {nam_sau}', ('snnmt', *ALL_WARDS), 'act'),
            ('Công văn', 'Xử lý phản ánh ô nhiễm tiếng ồn, mùi hôi tại đường {duong}', ('snnmt', 'hcc'), 'answer'),
            ('Báo cáo', 'Kết quả quan trắc chất lượng không khí, nước mặt {quy}', ('snnmt',), 'know'),
            ('Quyết định', 'Đơn giá thu gom, vận chuyển chất thải rắn sinh hoạt năm {nam_sau}', ('snnmt', 'stc'), 'act'),
            ('Công văn', 'Tham vấn báo cáo đánh giá tác động môi trường dự án tại {phuong}', ('snnmt', 'sct'), 'answer'),
            ('Chương trình', 'Trồng cây xanh, phát triển mảng xanh đô thị giai đoạn {nam} - 2030', ('sxd', 'snnmt'), 'know'),
            ('Công văn', 'Kiểm tra bến bãi, trạm trung chuyển rác trên địa bàn {phuong}', ('snnmt',), 'act'),
        ),
        (
            'Chất lượng không khí trong kỳ ở mức trung bình; nồng độ bụi mịn tăng vào giờ cao điểm sáng và chiều.',
            'Công tác phân loại rác tại nguồn được người dân hưởng ứng nhưng phương tiện thu gom riêng còn thiếu.',
            'Một số cơ sở sản xuất xen cài trong khu dân cư chưa có công trình xử lý chất thải đạt yêu cầu.',
        ),
        (
            'Kiểm tra việc chấp hành pháp luật về môi trường của cơ sở và công khai kết quả.',
            'Tuyên truyền, hướng dẫn hộ gia đình phân loại, giảm rác thải nhựa.',
            'Đầu tư phương tiện thu gom, cải tạo trạm trung chuyển đạt chuẩn.',
            'Lắp đặt trạm quan trắc tự động và kết nối dữ liệu về Thành phố.',
            'Trả lời phản ánh của người dân qua cổng thông tin trong thời hạn quy định.',
        ),
        ('Số lượng', ('Mẫu quan trắc', 'Mẫu đạt quy chuẩn', 'Cơ sở kiểm tra', 'Phản ánh đã trả lời', 'Tấn rác phân loại')),
    ),
    Field(
        'health',
        ('Luật Khám bệnh, chữa bệnh ngày 09 tháng 01 năm 2023', 'Luật Phòng, chống bệnh truyền nhiễm ngày 21 tháng 11 năm 2007'),
        (
            ('Công văn', 'Tăng cường phòng, chống dịch bệnh sốt xuất huyết và tay chân miệng', ('byt', 'syt'), 'act'),
            ('Báo cáo', 'Tình hình dịch bệnh truyền nhiễm {thang}', ('syt',), 'know'),
            ('Kế hoạch', 'Khám sức khỏe định kỳ miễn phí cho người dân ít nhất mỗi năm một lần', ('syt', 'byt'), 'act'),
            ('Tờ trình', 'Thành lập điểm trạm y tế tại {phuong}', ('syt', *ALL_WARDS), 'decide'),
            ('Công văn', 'Bảo đảm thuốc, vật tư y tế và nhân lực trực dịp nghỉ lễ', ('syt', 'byt'), 'act'),
            ('Công văn', 'Xin ý kiến dự thảo quy chế phối hợp về an toàn thực phẩm', ('syt', 'sct'), 'answer'),
            ('Thông báo', 'Kết quả kiểm tra an toàn thực phẩm bếp ăn tập thể tại {phuong}', ('syt',), 'know'),
            ('Quyết định', 'Phân tuyến chuyên môn kỹ thuật và giao chỉ tiêu khám chữa bệnh năm {nam_sau}', ('syt',), 'know'),
        ),
        (
            'Số ca mắc trong tháng giảm so với cùng kỳ, song số ổ dịch nhỏ tại khu nhà trọ, trường mầm non có xu hướng tăng.',
            'Trạm y tế tại một số nơi quá tải do dân số tăng cơ học, thiếu bác sĩ và trang thiết bị cơ bản.',
            'Chưa ghi nhận trường hợp tử vong; thuốc và sinh phẩm đáp ứng nhu cầu điều trị.',
        ),
        (
            'Giám sát, phát hiện sớm ca bệnh và xử lý triệt để ổ dịch trong 48 giờ.',
            'Vận động người dân diệt lăng quăng, tiêm chủng đầy đủ và khám sức khỏe định kỳ.',
            'Bố trí nhân lực, thuốc và giường bệnh theo phương án đã duyệt.',
            'Liên thông dữ liệu sổ sức khỏe điện tử giữa các cơ sở khám bệnh, chữa bệnh.',
            'Kiểm tra đột xuất cơ sở chế biến suất ăn và xử lý nghiêm vi phạm.',
        ),
        ('Số ca', ('Ca sốt xuất huyết', 'Ca tay chân miệng', 'Ổ dịch đã xử lý', 'Người được khám sức khỏe', 'Trẻ tiêm chủng')),
    ),
    Field(
        'education',
        ('Luật Giáo dục ngày 14 tháng 6 năm 2019', 'Luật Nhà giáo ngày 16 tháng 6 năm 2025'),
        (
            ('Kế hoạch', 'Tuyển sinh vào các lớp đầu cấp năm học {nam} - {nam_sau}', ('sgddt',), 'act'),
            ('Công văn', 'Rà soát nhu cầu xây dựng phòng học tại {phuong}', ('sgddt', *ALL_WARDS), 'answer'),
            ('Báo cáo', 'Công tác chuẩn bị và tổ chức khai giảng năm học mới', ('sgddt', 'benthanh', 'tandinh', 'thuduc'), 'know'),
            ('Tờ trình', 'Sáp nhập, đổi tên trường tiểu học trên địa bàn {phuong}', ALL_WARDS, 'decide'),
            ('Công văn', 'Bảo đảm an ninh, an toàn trường học và phòng, chống bạo lực học đường', ('bgddt', 'sgddt'), 'act'),
            ('Quyết định', 'Khung kế hoạch thời gian năm học {nam} - {nam_sau}', ('sgddt',), 'know'),
            ('Giấy mời', 'Hội nghị triển khai nhiệm vụ năm học {nam} - {nam_sau}', ('sgddt',), 'know'),
            ('Công văn', 'Hướng dẫn thu, chi đầu năm học trong các cơ sở giáo dục công lập', ('sgddt', 'bgddt'), 'act'),
            ('Thư công', 'Chúc mừng nhân Ngày Nhà giáo Việt Nam 20 tháng 11', ('bgddt',), 'know'),
        ),
        (
            'Toàn địa bàn cơ bản đủ chỗ học; áp lực tăng sĩ số tập trung tại các khu dân cư mới và khu công nghiệp.',
            'Một số công trình trường học chậm tiến độ do điều chỉnh thiết kế phòng cháy, chữa cháy.',
            'Đội ngũ giáo viên các môn tin học, ngoại ngữ, nghệ thuật còn thiếu so với định mức.',
        ),
        (
            'Công khai kế hoạch tuyển sinh, thực hiện tuyển sinh trực tuyến, không để học sinh thiếu chỗ học.',
            'Kiểm tra cơ sở vật chất, bếp ăn bán trú và phương tiện đưa đón học sinh.',
            'Bố trí giáo viên biệt phái, hợp đồng giáo viên đối với môn còn thiếu.',
            'Công khai các khoản thu, tuyệt đối không để xảy ra lạm thu.',
            'Phối hợp gia đình, nhà trường và địa phương trong giáo dục kỹ năng sống.',
        ),
        ('Số lượng', ('Học sinh', 'Lớp học', 'Phòng học xây mới', 'Giáo viên', 'Giáo viên còn thiếu')),
    ),
    Field(
        'culture',
        ('Luật Di sản văn hóa ngày 23 tháng 11 năm 2024', 'Luật Du lịch ngày 19 tháng 6 năm 2017'),
        (
            ('Kế hoạch', 'Tổ chức các hoạt động mừng Tết Nguyên đán năm {nam_sau}', ('svhtt', 'sdl'), 'act'),
            ('Công văn', 'Thỏa thuận tu bổ, tôn tạo di tích trên địa bàn {phuong}', ('svhtt', *ALL_WARDS), 'answer'),
            ('Tờ trình', 'Xếp hạng di tích kiến trúc nghệ thuật tại đường {duong}', ('svhtt',), 'decide'),
            ('Công văn', 'Góp ý dự thảo phương án tổ chức tuyến phố đi bộ đường {duong}', ('sdl', 'svhtt', 'saigon'), 'answer'),
            ('Báo cáo', 'Kết quả thu hút khách du lịch {quy}', ('sdl',), 'know'),
            ('Quyết định', 'Công nhận danh hiệu phường, xã đạt chuẩn văn minh đô thị năm {nam}', ('svhtt',), 'know'),
            ('Giấy mời', 'Khai mạc triển lãm tài liệu lưu trữ về lịch sử hình thành Thành phố', ('svhtt', 'ttltls'), 'know'),
        ),
        (
            'Lượng khách đến Thành phố trong kỳ tăng so với cùng kỳ; hoạt động văn hóa, lễ hội diễn ra an toàn, tiết kiệm.',
            'Một số hạng mục di tích xuống cấp, cần tu bổ cấp thiết trước mùa mưa.',
            'Người dân và doanh nghiệp đồng thuận cao với việc mở rộng không gian đi bộ.',
        ),
        (
            'Xây dựng kịch bản chi tiết, bảo đảm an ninh, phòng cháy và vệ sinh môi trường.',
            'Lập hồ sơ khoa học, lấy ý kiến cộng đồng trước khi tu bổ di tích.',
            'Số hóa hiện vật, tư liệu và giới thiệu trên cổng thông tin du lịch.',
            'Huy động nguồn lực xã hội hóa, quản lý công khai, minh bạch.',
            'Kiểm tra giá cả, chất lượng dịch vụ lưu trú, ăn uống vào dịp cao điểm.',
        ),
        ('Số lượt', ('Khách quốc tế', 'Khách nội địa', 'Sự kiện văn hóa', 'Di tích đã tu bổ', 'Cơ sở lưu trú kiểm tra')),
    ),
    Field(
        'justice',
        ('Luật Tiếp công dân ngày 25 tháng 11 năm 2013', 'Luật Khiếu nại ngày 11 tháng 11 năm 2011'),
        (
            ('Phiếu chuyển', 'Đơn kiến nghị của công dân về lối đi chung tại {phuong}', ('ttra', 'hdnd'), 'answer'),
            ('Công văn', 'Báo cáo kết quả giải quyết đơn khiếu nại tồn đọng {quy}', ('ttra', 'vpcp'), 'answer'),
            ('Kế hoạch', 'Thanh tra năm {nam_sau}', ('ttra',), 'know'),
            ('Công văn', 'Rà soát văn bản quy phạm pháp luật do sắp xếp đơn vị hành chính', ('stp',), 'answer'),
            ('Báo cáo', 'Công tác tiếp công dân, giải quyết khiếu nại, tố cáo {thang}', ('ttra', *ALL_WARDS), 'know'),
            ('Thông báo', 'Kết luận của Thường trực Hội đồng nhân dân về giám sát cải cách hành chính', ('hdnd',), 'act'),
            ('Công văn', 'Thẩm định dự thảo Quyết định quy định chức năng, nhiệm vụ cơ quan chuyên môn', ('stp',), 'know'),
            ('Giấy mời', 'Họp Hội đồng phối hợp phổ biến, giáo dục pháp luật {quy}', ('stp',), 'know'),
            ('Công văn', 'Cắt giảm thời gian giải quyết thủ tục hành chính không phụ thuộc địa giới', ('vpcp', 'hcc'), 'act'),
            ('Chỉ thị', 'Tăng cường trách nhiệm người đứng đầu trong tiếp công dân và đối thoại', ('ttra',), 'act'),
        ),
        (
            'Số lượt công dân đến khiếu nại, kiến nghị giảm; nội dung tập trung vào đất đai, bồi thường và trật tự xây dựng.',
            'Còn vụ việc kéo dài do hồ sơ qua nhiều thời kỳ, chủ thể quản lý thay đổi sau sắp xếp.',
            'Thủ tục hành chính không phụ thuộc địa giới đã được thực hiện tại tất cả trung tâm phục vụ hành chính công.',
        ),
        (
            'Người đứng đầu trực tiếp tiếp công dân theo lịch và đối thoại khi phát sinh vụ việc phức tạp.',
            'Phân loại, chuyển đơn đúng thẩm quyền, trả lời bằng văn bản cho công dân.',
            'Rà soát, sửa đổi, bãi bỏ văn bản không còn phù hợp.',
            'Công khai thủ tục, thời hạn và người chịu trách nhiệm giải quyết.',
            'Cập nhật kết quả vào cơ sở dữ liệu về tiếp công dân và khiếu nại, tố cáo.',
        ),
        ('Số vụ', ('Đơn tiếp nhận', 'Đã giải quyết', 'Đúng hạn', 'Chuyển cơ quan khác', 'Lượt tiếp công dân')),
    ),
)

# What a leader writes on a document, by what it needs
INSTRUCTIONS = {
    'answer': (
        'Chủ trì nghiên cứu, tham mưu văn bản trả lời đúng thời hạn.',
        'Phối hợp các đơn vị liên quan tổng hợp ý kiến, trình ký văn bản phúc đáp.',
        'Rà soát số liệu, dự thảo báo cáo và xin ý kiến trước khi gửi.',
    ),
    'act': (
        'Chủ trì tham mưu văn bản triển khai đến các cơ quan, đơn vị.',
        'Xây dựng kế hoạch thực hiện, phân công rõ người, rõ việc, rõ thời hạn.',
        'Theo dõi, đôn đốc việc thực hiện và báo cáo kết quả hằng tuần.',
    ),
    'decide': (
        'Thẩm tra hồ sơ, tham mưu trình xem xét, quyết định theo thẩm quyền.',
        'Làm việc với cơ quan chuyên môn để làm rõ sự cần thiết và nguồn kinh phí.',
        'Kiểm tra căn cứ pháp lý, đề xuất phương án trước cuộc họp giao ban.',
    ),
    'know': (
        'Nghiên cứu, thực hiện theo chức năng, nhiệm vụ.',
        'Lưu hồ sơ theo dõi, báo cáo khi có yêu cầu.',
        'Cập nhật số liệu vào báo cáo tháng của đơn vị.',
    ),
}

# How a unit says it is done, by what was needed
RESULTS = {
    'answer': ('Đã trình ký và phát hành văn bản trả lời.', 'Đã gửi báo cáo, số liệu đối chiếu khớp với đơn vị.'),
    'act': ('Đã ban hành văn bản triển khai đến các đơn vị.', 'Đã hoàn thành nhiệm vụ, cập nhật vào sổ theo dõi.'),
    'decide': ('Đã trình; chấp thuận theo đề xuất.', 'Đã thẩm tra, trình phê duyệt và thông báo cho đơn vị.'),
    'know': ('Đã nghiên cứu, lưu hồ sơ công việc.', 'Đã phổ biến trong đơn vị và lưu hồ sơ.'),
}

RETURN_REASONS = (
    'Nội dung không thuộc chức năng, nhiệm vụ của đơn vị; đề nghị chuyển đơn vị phụ trách lĩnh vực.',
    'Hồ sơ gửi kèm chưa đầy đủ, đề nghị làm rõ trước khi giao chủ trì.',
)
SENDER_REASONS = (
    'Văn bản gửi nhầm địa chỉ, đề nghị gửi đúng cơ quan có thẩm quyền.',
    'Thiếu trang 2 và phụ lục kèm theo, đề nghị cơ quan gửi lại bản đầy đủ.',
    'Văn bản chưa có chữ ký của người có thẩm quyền.',
)
CANCEL_REASONS = (
    'Đăng ký trùng với văn bản đã tiếp nhận trước đó.',
    'Cơ quan ban hành đã có thông báo thu hồi văn bản.',
)
