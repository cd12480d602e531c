"""Chinese."""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    "title": "Wardwatch 识别人的准确程度",
    "measured_on": "测量日期：{date}；Wardwatch 版本：{software}。",
    "digest": "本报告的摘要值：{digest}",
    # -- in short --
    "in_short": "要点",
    "short_walks": "名单中的人走过一个摄像头、且露出多个角度时，每 100 人中有 {missed} 人未被发现（95% 把握：{low} 到 {high}）；"
    "名单共 {listed} 人，每人一张照片。",
    "short_alike": "如果只露出一个角度（例如站着不动），每 100 人中有 {missed} 人未被发现（{low} 到 {high}）。",
    "short_strangers": "每 1000 名不在名单中的人走过，会引起 {told} 次误报警（{low} 到 {high}）。",
    "short_pictures": "当每 100 名陌生人中有一人的单张图像被认作他人时，名单中的人的单张图像每 100 张漏掉 {missed} 张"
    "（{low} 到 {high}；名单 {listed} 人）。",
    "short_pictures_none": "当每 100 名陌生人中有一人被认作他人时，单张图像的漏报率用这批数据无法测出：数据中的人太少。",
    "short_human": "报警不是结论：由人比对两张脸并作出决定；报警绝不影响任何人就医。",
    # -- words --
    "words": "词语含义",
    "word_missed": "漏报：名单中的人在场而未被发现，或被认作名单中的另一人（FNIR）",
    "word_taken": "误认：陌生人与名单中某人相像，被系统认作此人（FPIR）",
    "word_interval": "括号内：仅就选取人员的偶然性而言，真实比例有 95% 的把握落在其中；不包括这批数据与真实入口之间的差别",
    "word_list": "名单：从数据中的所有人里抽取这么多人；数字是所有可能抽出的名单的平均，精确计算",
    "word_held_out": "留出：阈值在一半人上确定，漏报在另一半人上统计，然后对调",
    "word_none": "用这批数据无法测出：决定该数字的人或人对少于五个；一对姐妹不能代表人群的比例",
    "word_extrapolated": "*：过于罕见，无法在此计数；由最相像的十分之一拟合的曲线推算",
    # -- the data --
    "data": "测量所用数据",
    "data_name": "数据",
    "data_people": "人数",
    "data_pictures": "图像数",
    "data_faces": "有人脸的图像",
    "data_refused": "其中过小、过偏或模糊而不予比对",
    "data_left_out": "剔除的人和图像",
    "data_digest": "文件摘要值",
    "model_detector": "查找人脸的模型",
    "model_embedder": "比对人脸的模型",
    # -- walks --
    "walks": "走过摄像头的人",
    "walks_about": "一次“走过”由同一人的图像组成，并经过正在运行的服务自身的代码：所比对的是各次观察的平均，达到 {strong} 即报警。"
    "多个角度：3 到 5 张不同日期的图像。一个角度：由一张图像生成的三帧。真实情况介于两者之间。",
    "views_unlike": "多个角度",
    "views_alike": "一个角度",
    "views": "所见",
    "photos": "名单中的照片数",
    "searches": "名单中的人走过次数",
    "strangers": "陌生人走过次数",
    "missed": "漏报",
    "alerts": "引起误报警的陌生人",
    "a_day": "每天 15000 名来访者时的次数",
    "walks_rates": "如果把阈值定到使一定比例的陌生人引起误报警，会漏报多少：",
    "rate": "陌生人",
    "threshold": "阈值",
    "held_out": "漏报（留出）",
    "not_measurable": "用这批数据无法测出",
    # -- pictures --
    "pictures": "单张图像",
    "pictures_about": "最难的情形：一张图像，比对一次。从 {sighted} 起算作一次发现；报警需要更高。",
    "listed": "名单人数",
    "pictures_searched": "搜索的图像",
    "rank_one": "正确的人排第一",
    "pictures_at": "在可以设定的阈值下（名单 {listed} 人，每人一张照片）：",
    "taken": "被误认的陌生人",
    "fixed_about": "一份固定名单：所有有两张以上图像的人（{listed} 人），对他们搜索 {searches} 次，另有 {strangers} 名"
    "各有一张图像的陌生人：",
    "floor": "本报告允许的最低阈值是 {threshold}：此时陌生人的图像有 {taken} 被误认。",
    "floor_none": "本报告不允许任何阈值：数据中的陌生人太少。",
    # -- one to one --
    "verification": "一对一比对",
    "verification_about": "同一人的图像对 {same} 个，不同人的图像对 {others} 个。",
    "false_accepts": "不同人的图像对被接受",
    "true_accepts": "同一人的图像对被接受",
    "folds": "按配对文件：{accuracy} 判断正确，标准误 {deviation}；{missing} 对因图像中没有人脸而未计入。",
    # -- groups --
    "groups": "按人群",
    "groups_about": "人群由本人申报。按发现的阈值 {sighted}，单张图像，在所有人之中。",
    "groups_none": "未测量：这批数据中的人没有申报任何人群。我们不替任何人猜测。",
    "group": "人群",
    "too_few": "人数太少",
    # -- detection --
    "detection": "人脸是否被找到",
    "detection_about": "由人在图像中标出的人脸，按摄像头画面的方式搜索。",
    "height": "人脸高度（像素）",
    "all_faces": "全部",
    "faces": "人脸数",
    "found": "找到",
    # -- clips --
    "clips": "影片",
    "clips_about": "{films} 部影片，其中的人不在名单中；{frames} 帧，{faces} 张人脸，{walks} 次走过。",
    "clips_raised": "其中 {raised} 会引起报警；与名单中任何人最接近的为 {nearest}。",
    # -- to look at --
    "suspects": "需要人查看",
    "suspects_about": "有 {two} 对人看起来像同一人或亲属，有 {wrong} 张图像看起来属于别人。名字列在 {file} 中。"
    "如发现同一人有两个名字，请两个都剔除（--leave-out）并说明；亲属保留。",
    # -- limits --
    "limits": "本报告不能说明什么",
    "limit_press": "在真实入口效果如何：光线、角度和移动与这些图像不同。医院自己的摄像头可能更好，也可能更差。",
    "limit_people": "对于与数据中的人在年龄、性别或来源上不同的人，效果如何。",
    "limit_training": "识别模型在制作时是否见过这批数据中的人。如果见过，结果会显得比实际好。",
    "limit_masks": "戴口罩、侧脸或从上方拍摄时效果如何。",
    "limit_frames": "真实走过时各帧的差异有多大。两种走过是两个极端。",
    "limit_crowd": "人群拥挤、有人遮挡或有意冒充时会怎样。",
    # -- pictures --
    "det": "漏报与误认的关系",
    "det_x": "被误认的陌生人",
    "det_y": "漏报的名单中人",
    "series_pictures": "图像，名单 {listed} 人",
    "series_unlike": "走过，多个角度",
    "series_alike": "走过，一个角度",
    "histogram": "两张图像的相似度",
    "histogram_x": "余弦",
    "histogram_same": "同一人",
    "histogram_others": "不同人",
}
